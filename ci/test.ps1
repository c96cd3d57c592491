# Every test on a real Windows: ci\test.ps1 [msvc|mingw]. Needs CMake and Ninja, and Visual Studio 2022 or a MinGW-w64 on PATH.
# For Windows PowerShell 5.1 and PowerShell 7. Ends with the line that ci/test.sh ends with; exit status 1 when something failed.
param([ValidateSet('msvc', 'mingw')][string]$Compiler = 'msvc')

. "$PSScriptRoot\lib.ps1"

$build = Build $Compiler
Remove-Item -Recurse -Force -ErrorAction SilentlyContinue "$build\tests\results", "$build\junit.xml"
ctest --test-dir $build --output-on-failure -j $env:NUMBER_OF_PROCESSORS --output-junit "$build\junit.xml"

$passed = 0
$failed = 0
$skipped = 0
foreach ($program in (Read-Xml "$build\junit.xml").SelectNodes('//testcase')) {
    $report = "$build\tests\results\$($program.GetAttribute('name')).xml"
    $told = $failed
    if (Test-Path $report) {
        foreach ($test in (Read-Xml $report).SelectNodes('//testcase[@status="run"]')) {
            $name = $test.GetAttribute('classname') + '.' + $test.GetAttribute('name')
            if ($test.SelectNodes('failure').Count -gt 0) {
                $failed++
                "    failed $name"
            } elseif ($test.GetAttribute('result') -eq 'skipped') {
                $skipped++
                "    skipped $name"
            } else {
                $passed++
            }
        }
    } elseif ($program.GetAttribute('status') -eq 'run') {
        $passed++
    }
    # A program that ended badly in a way that its report doesn't show, or that has none.
    if ($program.GetAttribute('status') -ne 'run' -and $failed -eq $told) {
        $failed++
        "    failed $($program.GetAttribute('name'))"
    }
}
"$passed passed, $failed failed, $skipped skipped"
if ($failed -gt 0 -or $passed -eq 0) {
    exit 1
}
exit 0
