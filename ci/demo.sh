#!/bin/bash
# Shows the main job on real programs, natively and as a Windows program under Wine. Fails when a promise isn't kept.
. "$(dirname "$0")/lib.sh"

wrong=0

# promise TEXT COMMAND...: tells when the command fails.
promise() {
    local text=$1
    shift
    if ! "$@"; then
        echo "    WRONG: not so: $text"
        wrong=1
    fi
}

# As one would type it.
typed() {
    local word
    for word in "$@"; do
        case $word in
        *[!A-Za-z0-9_./:=+-]*) word=${word@Q} ;;
        esac
        printf '%s ' "${word#"$root"/}"
    done
}

# shown STATUS COMMAND...: runs a command of the demo where the reader sees it; it must end with that status.
shown() {
    local wanted=$1 status=0
    shift
    echo "  \$ $(typed "$@")"
    $wine "${through[@]}" "$@" >"$output" 2>&1 </dev/null || status=$?
    tr -d '\r' <"$output" | cut -c 1-200 | sed 's/^/    /'
    promise "exit status $wanted (it is $status)" test "$status" = "$wanted"
}

# timed LEAST MOST COMMAND...: the same, between so many milliseconds.
timed() {
    local least=$1 most=$2 start
    shift 2
    start=$(date +%s%N)
    "$@"
    local took=$((($(date +%s%N) - start) / 1000000))
    echo "    (took $took ms)"
    promise "between $least and $most ms" test "$took" -ge "$least" -a "$took" -le "$most"
}

demo() {
    echo "- a real tool's output, captured"
    shown 0 "$command" run --json -- "${tool[@]}"
    promise "the tool's own words" grep -q "$tool_says" "$output"
    echo "- Korean words, whatever the child writes them in"
    shown "$korean_status" "$command" run --encoding auto:cp949 "${korean[@]}"
    promise "the words as UTF-8" grep -q "$korean_says" "$output"
    printf 'plain\n한글 UTF-8\n\xC7\xD1\xB1\xDB cp949\n' >"$mixed"
    shown 0 "$command" decode --detect -f auto:cp949 "$mixed"
    promise "each line is what it is" test "$(grep -c -P '^(1\tascii|2\tutf-8|3\tcp949)\t' "$output")" = 3
    echo "- 64 MiB through a child and back"
    shown 0 "$folder/examples/round_trip$exe" 64 "${copy[@]}"
    echo "- ten one-second sleeps side by side"
    timed 1000 "$slowest" shown 0 "$command" parallel -j 10 -- "${sleep[@]}" ::: "${ten_seconds[@]}"
    echo "- a deadline that kills"
    timed 500 "$slowest" shown 124 "$command" run -t 0.5 -- "${sleep_10[@]}"
    promise "a sentence" grep -q 'timed out after 0.5 s' "$output"
    echo "- a program that isn't there"
    shown 127 "$command" run -- no-such-program --version
    promise "a sentence" grep -q "cannot start 'no-such-program': not found in PATH" "$output"
    echo "- a chain, and a crowd"
    shown 0 "$command" pipe -- "${chain_1[@]}" ::: "${chain_2[@]}"
    promise "the bytes came through both" grep -q "$chain_says" "$output"
    shown 0 "$command" parallel -j 4 --tag --keep-order -- "${crowd[@]}" ::: one two three
    promise "the jobs' words" grep -q two "$output"
    echo "- words for another system's command line"
    shown 0 "$command" quote --for=argv -- "C:\\a folder\\" 'say "hi"'
}

# lesson SAYS NAME [ARG...]: one of examples/, which must print that.
lesson() {
    local says=$1 name=$2
    shift 2
    shown 0 "$folder/examples/$name$exe" "$@"
    promise "it prints '$says'" grep -qE "$says" "$output"
}

lessons() {
    echo "- the lessons of examples/, with tenths for seconds where they take long$lessons_with"
    through=("${through_lessons[@]}")
    lesson '^자식 프로세스가 보내는 인사!' greeting
    lesson '^종료 상태 0' poll 0.3
    lesson '^나란히: .*초 만에 끝남' side_by_side 0.1
    lesson '^sleep 1: .*초 만에 끝남' waiting_order 0.1
    lesson '^decrypted: the same bytes' encrypt
    lesson 'by hand right, as a pipeline right' chain
    promise "no hash is wrong" awk '/WRONG|d41d8cd98f00b204e9800998ecf8427e/ { exit 1 }' "$output"
    lesson "^종료 상태 $terminated" deadline
    lesson "^$shell: exit 7: status 7" shells
    lesson 'timed out after 0.5 s' communicate_deadline 0.5
    through=()
}

build() {
    echo "building $1 (log: build/logs/demo-$1.log)"
    if ! { cmake --preset "$1" && cmake --build --preset "$1" --target subproc_cli subproc_examples subproc_helper \
        subproc_stand_in_openssl subproc_stand_in_sleep; } \
        >"$logs/demo-$1.log" 2>&1; then
        tail -n 20 "$logs/demo-$1.log"
        exit 1
    fi
}

ci/setup.sh || exit 1
output=$(mktemp)
mixed=$root/build/mixed.txt
trap 'rm -f "$output" "$mixed"; ci/wine --stop' EXIT
build release
build mingw
openssl_made=yes
ci/openssl-windows.sh || openssl_made=
through=()

echo
echo "== natively"
wine=
exe=
folder=$root/build/release
command=$folder/subproc
tool=(git --version)
tool_says='"text":"git version'
korean=(-- env LC_ALL=ko_KR.CP949 ls /no-such-file)
korean_status=2
korean_says='그런 파일이나 디렉터리가 없습니다'
copy=(cat)
chain_1=(printf 'subproc\n')
chain_2=(openssl dgst -sha256)
chain_says=$(printf 'subproc\n' | sha256sum | cut -c 1-64)
crowd=(echo job)
sleep=(sleep)
ten_seconds=(1 1 1 1 1 1 1 1 1 1)
sleep_10=(sleep 10)
slowest=1500
demo
through_lessons=()
lessons_with=
terminated=-15
shell=sh
lessons

echo
echo "== as a Windows program, under $(wine --version 2>/dev/null)"
# Wine has no sleep and no cat: the test helper stands in.
wine="ci/wine --through-file"
exe=.exe
folder=$root/build/mingw
command=$folder/subproc.exe
helper=$folder/tests/subproc_helper.exe
tool=(cmd /c ver)
tool_says='Windows 10'
korean=(-s=cmd -- 'echo 한글 윈도우')
korean_status=0
korean_says='한글 윈도우'
copy=("$helper" --copy 65536)
chain_1=("$helper" --out subproc)
chain_2=("$helper" --copy 10)
chain_says=subproc
crowd=("$helper" --out)
sleep=("$helper" --sleep)
ten_seconds=(1000 1000 1000 1000 1000 1000 1000 1000 1000 1000)
sleep_10=("$helper" --sleep 10000)
slowest=4000
ci/wine cmd /c exit </dev/null >/dev/null 2>&1
demo
# The lessons write the console's page, 949, as Windows programs do; the command makes UTF-8 of it. Wine's own PowerShell ends
# with 0 whatever it is given, so it stays out of the path.
lessons_with=" (with the tests' sleep)"
tools=$root/build/openssl-windows
if [ -z "$openssl_made" ]; then
    lessons_with=" (with the tests' sleep, and their stand-in for openssl)"
    tools=$folder/tests/stand_in_openssl
fi
path="Z:$tools;Z:$folder/tests/stand_in_sleep"
through_lessons=("$command" run --encoding auto -e "PATH=${path//\//\\};C:\\windows\\system32" --)
terminated=1
shell=cmd
lessons

echo
[ "$wrong" = 0 ] && echo "everything was as promised"
exit "$wrong"
