# What the PowerShell scripts here share. For Windows PowerShell 5.1 and PowerShell 7. ASCII only: 5.1 would take it for the ANSI page.
$ErrorActionPreference = 'Stop'
$root = Split-Path $PSScriptRoot
Set-Location $root

# Puts Microsoft's compiler on PATH, where it isn't yet.
function Enter-VisualStudio {
    if (Get-Command cl.exe -ErrorAction SilentlyContinue) {
        return
    }
    $finder = "${env:ProgramFiles(x86)}\Microsoft Visual Studio\Installer\vswhere.exe"
    $folder = & $finder -latest -products * -property installationPath
    & "$folder\Common7\Tools\Launch-VsDevShell.ps1" -Arch amd64 -HostArch amd64 -SkipAutomaticLocation | Out-Host
}

# Configures and builds everything; the folder that it is in.
function Build([string]$compiler) {
    $folder = "$root\build\windows-$compiler"
    if ($compiler -eq 'msvc') {
        Enter-VisualStudio
        $cc = 'cl'
        $cxx = 'cl'
    } else {
        $cc = 'gcc'
        $cxx = 'g++'
    }
    cmake -S $root -B $folder -G Ninja -DCMAKE_BUILD_TYPE=Release "-DCMAKE_C_COMPILER=$cc" "-DCMAKE_CXX_COMPILER=$cxx" | Out-Host
    if ($LASTEXITCODE -eq 0) {
        cmake --build $folder | Out-Host
    }
    if ($LASTEXITCODE -ne 0) {
        throw "$compiler can't build it"
    }
    $folder
}

function Read-Xml([string]$path) {
    $document = New-Object System.Xml.XmlDocument
    $document.Load($path)
    , $document
}
