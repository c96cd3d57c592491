#!/bin/bash
# Every row that this machine can run, those of ci/test.sh first: ci/matrix.sh, or only some rows: ci/matrix.sh coverage arm64.
# A row that can't run here is printed with the reason. The last line is over all rows that ran. Installs what the rows need
# beside what ci/test.sh does (ci/setup.sh --matrix).
. "$(dirname "$0")/lib.sh"

ci/setup.sh --matrix || exit 1
trap 'ci/wine --stop' EXIT

rows=("$@")
[ $# -gt 0 ] || rows=("${test_rows[@]}" "${other_rows[@]}" "${hosted_rows[@]}")
ran=()
for name in "${rows[@]}"; do
    reason=$(ci/row.sh "$name" --why-not) || exit 1
    if [ -n "$reason" ]; then
        printf '%-12s not here: %s\n' "$name" "$reason"
    else
        row "$name" 3000
        ran+=("$name")
    fi
done
[ ${#ran[@]} -gt 0 ] && closing "${ran[@]}"
