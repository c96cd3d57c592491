# PowerShell completion for subproc. Made by subproc_manual from the tables of the command; not to be edited.
# To use it: . subproc.ps1 in $PROFILE. What it gives no answer for is a file's name to PowerShell.

Register-ArgumentCompleter -Native -CommandName subproc, subproc.exe -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $options = @{
        '' = @(
            'run run a command with a deadline, a directory, an environment'
            'pipe run commands, the output of each being the input of the next'
            'parallel run a command once for each argument, several at a time'
            'decode turn bytes in any encoding into UTF-8'
            'which print the file that a name would start'
            'quote join words into one line for a shell or for a Windows command line'
            '--version print the version'
            '--help print this text'
        )
        'run' = @(
            '-t the time allowed'
            '-k to stop a command: ask it to end (SIGTERM, on Windows Ctrl-Break), and kill it when it still runs DURATION later'
            '--kill-tree to stop a command is to stop all that it started, but what left its process group'
            '-C start in this directory'
            '-e set an environment variable'
            '--unset remove an environment variable'
            '--clear-env begin with an empty environment (Windows: SYSTEMROOT stays)'
            '-s COMMAND is one word, a SCRIPT for this shell: sh, cmd, powershell (5.1) or pwsh (7)'
            '--via put a launcher before the command, which starts it somewhere else, such as "ssh host" (see below)'
            '--via-shell the launcher joins its words into a line for a far shell, so each word of the command is quoted for sh'
            '-i read standard input from FILE'
            '--merge standard error goes where standard output goes'
            '--tail each line as it comes, with the seconds since the start and the name of its stream'
            '--encoding the output is in ENCODING and is turned into UTF-8 as it comes: utf-8, cp949, console (what console programs write here), auto (line by line UTF-8 or console), auto:cp949, or whatever the system converts'
            '--errors what becomes of a byte that ENCODING doesn''t have: replace (U+FFFD, the default), ignore, backslash, or strict: that is a failure, with status 125 (parallel: of that job)'
            '--max-output show the output at its end, and of each stream no more than SIZE bytes (4096, 64K, 1M, 1G)'
            '--json print the result as JSON'
            '--color colour our own words: auto (the default: on a terminal, unless NO_COLOR is set or TERM is dumb), always or never'
            '--help print this text'
            '-- after this comes the command'
        )
        'pipe' = @(
            '-t the time allowed'
            '-k to stop a command: ask it to end (SIGTERM, on Windows Ctrl-Break), and kill it when it still runs DURATION later'
            '--kill-tree to stop a command is to stop all that it started, but what left its process group'
            '-C start in this directory'
            '-e set an environment variable'
            '--unset remove an environment variable'
            '--clear-env begin with an empty environment (Windows: SYSTEMROOT stays)'
            '-i read standard input from FILE'
            '--pipefail exit with the status of the first command that failed, if one did'
            '--encoding the output is in ENCODING and is turned into UTF-8 as it comes: utf-8, cp949, console (what console programs write here), auto (line by line UTF-8 or console), auto:cp949, or whatever the system converts'
            '--errors what becomes of a byte that ENCODING doesn''t have: replace (U+FFFD, the default), ignore, backslash, or strict: that is a failure, with status 125 (parallel: of that job)'
            '--max-output show the output at its end, and of each stream no more than SIZE bytes (4096, 64K, 1M, 1G)'
            '--json print the result as JSON'
            '--color colour our own words: auto (the default: on a terminal, unless NO_COLOR is set or TERM is dumb), always or never'
            '--help print this text'
            '-- after this comes the command'
        )
        'parallel' = @(
            '-j run at most N jobs at once'
            '--halt when a job fails, stop the others and start no more'
            '-t the time allowed'
            '-k to stop a command: ask it to end (SIGTERM, on Windows Ctrl-Break), and kill it when it still runs DURATION later'
            '--kill-tree to stop a command is to stop all that it started, but what left its process group'
            '-C start in this directory'
            '-e set an environment variable'
            '--unset remove an environment variable'
            '--clear-env begin with an empty environment (Windows: SYSTEMROOT stays)'
            '--via put a launcher before the command, which starts it somewhere else, such as "ssh host" (see below)'
            '--via-shell the launcher joins its words into a line for a far shell, so each word of the command is quoted for sh'
            '--tag put its argument and a tab before each line of a job, and write each line as it comes, but with --keep-order or --max-output when the job ends'
            '--keep-order write the output of the jobs in the order of the arguments'
            '--progress on standard error, tell how many jobs are done, failed and running, how many end in a second, and how long the rest will take'
            '--no-progress show no such line'
            '--timeline draw what ran when, as an SVG picture for a browser: a bar for each job over the seconds, its colour and words telling how it ended'
            '--encoding the output is in ENCODING and is turned into UTF-8 as it comes: utf-8, cp949, console (what console programs write here), auto (line by line UTF-8 or console), auto:cp949, or whatever the system converts'
            '--errors what becomes of a byte that ENCODING doesn''t have: replace (U+FFFD, the default), ignore, backslash, or strict: that is a failure, with status 125 (parallel: of that job)'
            '--max-output show the output at its end, and of each stream no more than SIZE bytes (4096, 64K, 1M, 1G)'
            '--json print the result as JSON'
            '--color colour our own words: auto (the default: on a terminal, unless NO_COLOR is set or TERM is dumb), always or never'
            '--help print this text'
            '-- after this comes the command'
        )
        'decode' = @(
            '-f what the bytes are in: auto (the default: line by line UTF-8, else what console programs write here), auto:cp949 (the same with a page of your own), utf-8, cp949, utf-16, console, or whatever the system converts'
            '--errors what becomes of bytes that are no character: replace (U+FFFD, the default, and then a line on standard error tells how many there were), ignore, backslash (\xNN), or strict: the FILE ends there, a line on standard error says where and what would have worked, and the status is 125'
            '--newlines turn CR LF and CR into LF'
            '--detect say what each line was: its number, its encoding and its text, parted by tabs'
            '--json print the result as JSON'
            '--color colour our own words: auto (the default: on a terminal, unless NO_COLOR is set or TERM is dumb), always or never'
            '--help print this text'
        )
        'which' = @(
            '--json print the result as JSON'
            '--color colour our own words: auto (the default: on a terminal, unless NO_COLOR is set or TERM is dumb), always or never'
            '--help print this text'
        )
        'quote' = @(
            '--for who reads the line'
            '--json print the result as JSON'
            '--color colour our own words: auto (the default: on a terminal, unless NO_COLOR is set or TERM is dumb), always or never'
            '--help print this text'
        )
    }
    $values = @{
        'run -t' = @()
        'run -k' = @()
        'run -C' = @()
        'run -e' = @()
        'run --unset' = @()
        'run --unset=' = @()
        'run -s=' = @('sh', 'cmd', 'powershell', 'pwsh')
        'run --via' = @()
        'run --via=' = @()
        'run --via-shell=' = @('yes', 'no')
        'run -i' = @()
        'run --encoding' = @('utf-8', 'cp949', 'console', 'auto', 'auto:cp949')
        'run --encoding=' = @('utf-8', 'cp949', 'console', 'auto', 'auto:cp949')
        'run --errors' = @('replace', 'ignore', 'backslash', 'strict')
        'run --errors=' = @('replace', 'ignore', 'backslash', 'strict')
        'run --max-output' = @()
        'run --max-output=' = @()
        'run --color' = @('auto', 'always', 'never')
        'run --color=' = @('auto', 'always', 'never')
        'pipe -t' = @()
        'pipe -k' = @()
        'pipe -C' = @()
        'pipe -e' = @()
        'pipe --unset' = @()
        'pipe --unset=' = @()
        'pipe -i' = @()
        'pipe --encoding' = @('utf-8', 'cp949', 'console', 'auto', 'auto:cp949')
        'pipe --encoding=' = @('utf-8', 'cp949', 'console', 'auto', 'auto:cp949')
        'pipe --errors' = @('replace', 'ignore', 'backslash', 'strict')
        'pipe --errors=' = @('replace', 'ignore', 'backslash', 'strict')
        'pipe --max-output' = @()
        'pipe --max-output=' = @()
        'pipe --color' = @('auto', 'always', 'never')
        'pipe --color=' = @('auto', 'always', 'never')
        'parallel -j' = @()
        'parallel -t' = @()
        'parallel -k' = @()
        'parallel -C' = @()
        'parallel -e' = @()
        'parallel --unset' = @()
        'parallel --unset=' = @()
        'parallel --via' = @()
        'parallel --via=' = @()
        'parallel --via-shell=' = @('yes', 'no')
        'parallel --timeline' = @()
        'parallel --timeline=' = @()
        'parallel --encoding' = @('utf-8', 'cp949', 'console', 'auto', 'auto:cp949')
        'parallel --encoding=' = @('utf-8', 'cp949', 'console', 'auto', 'auto:cp949')
        'parallel --errors' = @('replace', 'ignore', 'backslash', 'strict')
        'parallel --errors=' = @('replace', 'ignore', 'backslash', 'strict')
        'parallel --max-output' = @()
        'parallel --max-output=' = @()
        'parallel --color' = @('auto', 'always', 'never')
        'parallel --color=' = @('auto', 'always', 'never')
        'decode -f' = @('utf-8', 'cp949', 'console', 'auto', 'auto:cp949')
        'decode --errors' = @('replace', 'ignore', 'backslash', 'strict')
        'decode --errors=' = @('replace', 'ignore', 'backslash', 'strict')
        'decode --color' = @('auto', 'always', 'never')
        'decode --color=' = @('auto', 'always', 'never')
        'which --color' = @('auto', 'always', 'never')
        'which --color=' = @('auto', 'always', 'never')
        'quote --for' = @('argv', 'batch', 'cmd', 'powershell', 'sh')
        'quote --for=' = @('argv', 'batch', 'cmd', 'powershell', 'sh')
        'quote --color' = @('auto', 'always', 'never')
        'quote --color=' = @('auto', 'always', 'never')
    }

    $before = @($commandAst.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
        ForEach-Object { $_.Extent.Text })
    $subcommand = ''
    if ($before.Count -gt 1) { $subcommand = $before[1] }
    # The words of another command.
    if ($before -ccontains '--') { return }

    $prefix = ''
    $option = $before[-1]
    if ($wordToComplete.StartsWith('-') -and $wordToComplete.Contains('=')) {
        $prefix = $wordToComplete.Substring(0, $wordToComplete.IndexOf('=') + 1)
        $option = $prefix
    }
    $replies = $options[$subcommand]
    if ($values.ContainsKey("$subcommand $option")) { $replies = $values["$subcommand $option"] }

    foreach ($reply in $replies) {
        $text, $about = $reply -split ' ', 2
        $text = $prefix + $text
        if (-not $about) { $about = $text }
        if ($text.StartsWith($wordToComplete, [System.StringComparison]::Ordinal)) {
            New-Object System.Management.Automation.CompletionResult $text, $text, 'ParameterValue', $about
        }
    }
}
