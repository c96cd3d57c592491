// The raw line on Windows: CreateProcess, WaitForSingleObject, a loop of ReadFile.
#include <windows.h>

#include <vector>

#include "peer.h"

namespace bench
{
namespace
{

// The words hold no blank and no quote.
HANDLE Spawn(Command command, HANDLE out)
{
    std::string line;
    for (Command word = command; *word; word++)
        line += (line.empty() ? "" : " ") + std::string(*word);
    STARTUPINFOA info = {};
    info.cb = sizeof info;
    if (out) {
        info.dwFlags = STARTF_USESTDHANDLES;
        info.hStdInput = GetStdHandle(STD_INPUT_HANDLE);
        info.hStdOutput = out;
        info.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    }
    PROCESS_INFORMATION process;
    // Without a console to share the child would get one with a window: who has none asks for a hidden one, as the library does.
    DWORD flags = GetConsoleCP() != 0 ? 0 : CREATE_NO_WINDOW;
    Expect(CreateProcessA(command[0], line.data(), nullptr, nullptr, out != nullptr, flags, nullptr, nullptr, &info, &process),
           "CreateProcess");
    CloseHandle(process.hThread);
    return process.hProcess;
}

void Collect(HANDLE process)
{
    DWORD code = 1;
    WaitForSingleObject(process, INFINITE);
    Expect(GetExitCodeProcess(process, &code) && code == 0, "exit code");
    CloseHandle(process);
}

void Start(Command command)
{
    Collect(Spawn(command, nullptr));
}

size_t Capture(Command command, size_t expected)
{
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, nullptr, TRUE};
    HANDLE from, to;
    Expect(CreatePipe(&from, &to, &inherited, 64 << 10), "CreatePipe");
    SetHandleInformation(from, HANDLE_FLAG_INHERIT, 0);
    HANDLE process = Spawn(command, to);
    CloseHandle(to);
    char *memory = static_cast<char *>(std::malloc(expected + 1));
    Expect(memory != nullptr, "no memory");
    size_t size = 0;
    DWORD got;
    while (ReadFile(from, memory + size, static_cast<DWORD>(expected + 1 - size), &got, nullptr) && got > 0)
        size += got;
    CloseHandle(from);
    Collect(process);
    std::free(memory);
    return size;
}

} // namespace

const Peer peer = {Start, nullptr, Capture, nullptr, nullptr, nullptr, nullptr};

} // namespace bench
