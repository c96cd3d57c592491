# Shows the main job on real programs, on a real Windows: ci\demo.ps1 [msvc|mingw]. Fails when a promise isn't kept. For Windows
# PowerShell 5.1 and PowerShell 7. ASCII only: 5.1 would take it for the ANSI page.
param([ValidateSet('msvc', 'mingw')][string]$Compiler = 'msvc')

. "$PSScriptRoot\lib.ps1"

$build = Build $Compiler
$command = "$build\subproc.exe"
$helper = "$build\tests\subproc_helper.exe"
$korean = -join [char[]](0xD55C, 0xAE00)
$script:wrong = 0
# The command writes UTF-8 into pipes.
[Console]::OutputEncoding = New-Object System.Text.UTF8Encoding $false

# Runs a program where the reader sees it: it must end with that status, within that many seconds, and say that.
function Shown([int]$wanted, [double]$most, [string]$says, [string[]]$words) {
    $program = $words[0]
    $rest = @($words | Select-Object -Skip 1)
    "  > $((Split-Path -Leaf $program), ($rest -join ' ') -join ' ')" | Out-Host
    # 5.1 makes an error of each line of stderr.
    $ErrorActionPreference = 'Continue'
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $lines = @(& $program @rest 2>&1 | ForEach-Object { "$_" })
    $status = $LASTEXITCODE
    $took = $clock.Elapsed.TotalSeconds
    $lines | ForEach-Object { "    $_" } | Out-Host
    if ($status -ne $wanted) {
        "    WRONG: exit status $wanted is promised, it is $status" | Out-Host
        $script:wrong++
    }
    if ($took -gt $most) {
        "    WRONG: it took $took s, at most $most is promised" | Out-Host
        $script:wrong++
    }
    if (-not ($lines -join "`n").Contains($says)) {
        "    WRONG: it doesn't say '$says'" | Out-Host
        $script:wrong++
    }
}

"- a real tool's output, captured"
Shown 0 60 'Windows' @($command, 'run', '--json', '--', 'cmd', '/c', 'ver')
"- Korean words, whatever the child writes them in"
Shown 0 60 $korean @($command, 'run', '--encoding', 'auto:cp949', '--', $helper, '--out-hex', 'c7d1b1db', '--out', " $korean")
"- 64 MiB through a child and back"
Shown 0 60 '' @("$build\examples\round_trip.exe", '64', $helper, '--copy', '65536')
"- ten one-second sleeps side by side"
Shown 0 4 '' @("$build\examples\side_by_side.exe", '10', $helper, '--sleep', '1000')
"- a deadline that kills"
Shown 124 4 'timed out after 0.5 s' @($command, 'run', '-t', '0.5', '--', $helper, '--sleep', '10000')
"- a program that isn't there"
Shown 127 60 "cannot start 'no-such-program': not found in PATH" @($command, 'run', '--', 'no-such-program', '--version')
"- a chain, and a crowd"
Shown 0 60 'subproc' @($command, 'pipe', '--', $helper, '--out', 'subproc', ':::', $helper, '--copy', '10')
Shown 0 60 'two' @($command, 'parallel', '-j', '4', '--tag', '--keep-order', '--', $helper, '--out', ':::', 'one', 'two', 'three')
"- this very PowerShell's script"
$shell = if ($PSVersionTable.PSVersion.Major -ge 6) { 'pwsh' } else { 'powershell' }
Shown 3 60 'from a script' @($command, 'run', "-s=$shell", '--', 'Write-Output ''from a script''; exit 3')

if ($script:wrong -eq 0) {
    'everything was as promised'
    exit 0
}
exit 1
