// cmd on a Korean Windows: it writes the console's page, 949. Its own words are never looked at.
#include "real_text.h"

#include <windows.h>

using namespace test;

namespace
{

constexpr char kEchoed[] = "한글 똠방각하 키 창";

} // namespace

class RealText : public Behaviour
{
  protected:
    void SetUp() override
    {
        Behaviour::SetUp();
        if (GetOEMCP() != 949)
            GTEST_SKIP() << "this Windows is not Korean";
    }

    // cmd with a line passed as it is; /d: nobody's AutoRun.
    Said Cmd(const char *encoding, const std::string &line, std::string_view input = {}, const std::string &flags = "")
    {
        const std::string command_line = "cmd /d " + flags + " /s /c \"" + line + "\"";
        subproc_options options = Captured();
        options.win32.command_line = command_line.c_str();
        options.directory = Folder().c_str();
        return Say(encoding, Words{"cmd"}, options, input);
    }
};

TEST_F(RealText, CmdEchoesKorean)
{
    for (const char *encoding : {"console", "cp949", "auto", "auto:cp949"}) {
        const Said said = Cmd(encoding, std::string("echo ") + kEchoed);
        EXPECT_EQ(0, said.code) << said.message;
        EXPECT_EQ(kEchoed + std::string("\r\n"), said.out) << encoding;
    }
}

TEST_F(RealText, CmdWritesUtf16WhenAsked)
{
    EXPECT_EQ(kEchoed + std::string(" 漢字\r\n"), Cmd("utf-16le", std::string("echo ") + kEchoed + " 漢字", {}, "/u").out);
}

TEST_F(RealText, DirNamesKoreanFiles)
{
    for (const char *name : {"가나다.txt", "똠방각하", "키"})
        NewFile(name, "");
    MakeFolder(InFolder("창 폴더"));
    for (const char *encoding : {"console", "cp949", "auto"}) {
        EXPECT_EQ("가나다.txt\r\n똠방각하\r\n창 폴더\r\n키\r\n", Cmd(encoding, "dir /b /on").out) << encoding;
        const std::string list = Cmd(encoding, "dir").out;
        for (const char *name : {" 가나다.txt\r\n", " 똠방각하\r\n", " 창 폴더\r\n", " 키\r\n"})
            EXPECT_NE(list.find(name), std::string::npos) << encoding << ": " << list;
    }
}

TEST_F(RealText, CmdAndAProgramThatWritesUtf8ShareAStream)
{
    const std::string helper = "\"" + HelperPath() + "\" --out \"" + kEchoed + "\" --out \" 漢字 😀\"";
    const std::string both = std::string("echo ") + kEchoed + "&" + helper + "&echo:&echo 키";
    EXPECT_EQ(kEchoed + std::string("\r\n") + kEchoed + " 漢字 😀\r\n키\r\n", Cmd("auto", both).out);
    EXPECT_EQ(kEchoed + std::string("\r\n") + kEchoed + " 漢字 😀\r\n키\r\n", Cmd("auto:cp949", both).out);
}

TEST_F(RealText, CmdReadsInputInItsOwnEncoding)
{
    const std::string input = kEchoed + std::string("\r\n");
    for (const char *encoding : {"console", "cp949", "auto"})
        EXPECT_EQ(kEchoed + std::string("\r\n"), Cmd(encoding, "set /p x=& echo !x!", input, "/v:on").out) << encoding;
}
