// What becomes of a command line before CreateProcessW gets it: batch files, and what ANSI code pages change. Windows alone.
#include <gtest/gtest.h>

#include <string>
#include <vector>

extern "C" {
#include "win32/ansi.h"
#include "win32/batch.h"
}

namespace
{

// The line for a batch file of this path.
class BatchLine
{
  public:
    explicit BatchLine(const wchar_t *path, std::vector<const char *> arguments = {}, const wchar_t *directory = L"C:\\")
    {
        arguments.insert(arguments.begin(), "ignored");
        arguments.push_back(nullptr);
        subproc_os_plan plan{};
        plan.argv = arguments.data();
        code = subproc_win32_batch_prepare(&plan, path, directory, &batch_, &error);
    }

    ~BatchLine()
    {
        subproc_win32_batch_release(&batch_);
    }

    // What follows cmd's own switches.
    std::wstring line() const
    {
        static const wchar_t switches[] = L"\\cmd.exe\" /d /e:on /v:off /s /c ";
        std::wstring all = batch_.command_line == nullptr ? L"" : batch_.command_line;
        size_t at = all.find(switches);
        return at == std::wstring::npos ? L"other: " + all : all.substr(at + wcslen(switches));
    }

    std::wstring interpreter() const
    {
        return batch_.interpreter;
    }

    int code;
    subproc_error error{};

  private:
    subproc_win32_batch batch_{};
};

TEST(BatchLine, HasQuotesWhereTheyAreNeeded)
{
    EXPECT_EQ(L"\"\"C:\\x.bat\"\"", BatchLine(L"C:\\x.bat").line());
    EXPECT_EQ(L"\"\"C:\\a b\\x.cmd\" plain \"two words\" \"\"\"",
              BatchLine(L"C:\\a b\\x.cmd", {"plain", "two words", ""}).line());
    EXPECT_EQ(L"\"\"C:\\%%cd:~,%X%%cd:~,%\\x.bat\" \"%%cd:~,%\"\"", BatchLine(L"C:\\%X%\\x.bat", {"%"}).line());
    EXPECT_EQ(L"\"\"\\\\server\\share\\x.bat\"\"", BatchLine(L"\\\\server\\share\\x.bat").line());
}

TEST(BatchLine, IsForTheSystemsOwnCmd)
{
    wchar_t folder[MAX_PATH];
    GetSystemDirectoryW(folder, MAX_PATH);
    EXPECT_EQ(std::wstring(folder) + L"\\cmd.exe", BatchLine(L"C:\\x.bat").interpreter());
}

TEST(BatchLine, DropsAPrefixThatCmdDoesNotRead)
{
    EXPECT_EQ(L"\"\"C:\\a\\x.bat\"\"", BatchLine(L"\\\\?\\C:\\a\\x.bat").line());
}

TEST(BatchLine, RefusesPathsThatCmdDoesNotRead)
{
    for (const wchar_t *path :
         {L"\\\\?\\C:\\x.bat.", L"\\\\?\\C:\\x.bat ", L"\\\\?\\C:\\a\\..\\x.bat", L"\\\\?\\C:\\a/x.bat",
          L"\\\\?\\UNC\\s\\s\\x.bat", L"\\\\?\\GLOBALROOT\\x.bat", L"\\\\.\\x.bat", L"C:\\x.bat\\", L"C:\\x.txt:y.bat",
          L"C:\\a\"b\\x.bat", L"C:\\a\nb\\x.bat"}) {
        BatchLine refused(path);
        EXPECT_EQ(SUBPROC_E_UNSAFE_ARGUMENT, refused.code) << path << ": " << refused.error.message;
        EXPECT_STRNE("", refused.error.message);
    }
}

TEST(BatchLine, RefusesADirectoryWithoutADrive)
{
    EXPECT_EQ(SUBPROC_E_NO_DIRECTORY, BatchLine(L"C:\\x.bat", {}, L"\\\\server\\share").code);
    EXPECT_EQ(0, BatchLine(L"C:\\x.bat", {}, nullptr).code) << "our own has one";
}

TEST(BatchLine, IsAsLongAsCmdReads)
{
    const size_t other = wcslen(L"\"") + BatchLine(L"C:\\x.bat").interpreter().size() +
                         wcslen(L"\" /d /e:on /v:off /s /c \"\"C:\\x.bat\" \"");
    const std::string longest(8191 - other, 'x');
    EXPECT_EQ(0, BatchLine(L"C:\\x.bat", {longest.c_str()}).code);
    EXPECT_EQ(SUBPROC_E_TOO_LONG, BatchLine(L"C:\\x.bat", {(longest + "x").c_str()}).code);
}

TEST(BatchLine, IsMadeForWhatCreateProcessTakesForABatchFile)
{
    for (const wchar_t *path : {L"C:\\x.bat", L"C:\\x.CMD", L"C:\\x.bAt. .", L"C:\\.bat", L"C:\\x.bat\\", L"C:\\x.bat\\. "})
        EXPECT_TRUE(subproc_win32_is_batch(path)) << path;
    for (const wchar_t *path : {L"C:\\x.exe", L"C:\\x.bat.exe", L"C:\\xbat", L"C:\\x.batt", L"bat", L"", L"C:\\x.bat\\y"})
        EXPECT_FALSE(subproc_win32_is_batch(path)) << path;
}

// ---- code pages ------------------------------------------------------------------------------------------------------------

std::string Changes(const wchar_t *line, UINT page)
{
    subproc_error error{};
    const int code = subproc_win32_check_page(line, page, &error);
    EXPECT_EQ(code, error.code);
    EXPECT_EQ(code == 0 ? 0 : SUBPROC_E_UNSAFE_ARGUMENT, code);
    return error.message;
}

TEST(AnsiPage, ChangesWhatItLacks)
{
    EXPECT_EQ("'₩' (U+20A9) would become '\\' in code page 949", Changes(L"a \x20A9", 949));
    EXPECT_EQ("'＂' (U+FF02) would become '\"' in code page 1252", Changes(L"\xFF02", 1252));
    EXPECT_EQ("'＼' (U+FF3C) would become '\\' in code page 1252", Changes(L"a\xFF3C", 1252));
    EXPECT_EQ("'¥' (U+00A5) would become '\\' in code page 932", Changes(L"\x00A5", 932));
    EXPECT_EQ("'한' (U+D55C) would become '?' in code page 1252", Changes(L"\xD55C", 1252));
    EXPECT_EQ("'😀' (U+1F600) would become '?\?' in code page 949", Changes(L"x\xD83D\xDE00", 949));
    EXPECT_EQ("'é' (U+00E9) would become 'e' in code page 949", Changes(L"\x00E9", 949));
}

TEST(AnsiPage, KeepsWhatItHas)
{
    EXPECT_EQ("", Changes(L"", 949));
    EXPECT_EQ("", Changes(L"prog \"a b\" \\ ~ \xD55C\xAE00 \xFF02 \xFF3C", 949));
    EXPECT_EQ("", Changes(L"\x00E9 \x20AC \x2019", 1252));
    EXPECT_EQ("", Changes(L"\x20A9 \xD83D\xDE00 \xFF02", CP_UTF8));
}

TEST(AnsiPage, OfThisProcessCounts)
{
    subproc_error error{};
    EXPECT_EQ(0, subproc_win32_check_ansi(L"plain", &error)) << error.message;
    EXPECT_EQ(Changes(L"\xD83D\xDE00", GetACP()) != "", subproc_win32_check_ansi(L"\xD83D\xDE00", &error) != 0);
}

} // namespace
