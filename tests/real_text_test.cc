// Text that goes through a child: the helper, which takes and gives bytes as they are.
#include "real_text.h"

#include <vector>

using namespace test;

class ChildText : public Behaviour
{
};

TEST_F(ChildText, InputComesBackThroughAChildInItsOwnEncoding)
{
    const struct {
        const char *encoding;
        std::string text;
    } samples[] = {
        {"utf-8", "한글 똠방각하 😀\n漢字 é\n"},
        {"cp949", "한글 똠방각하 뷁\r\n漢字 ①\n"},
        {"euc-kr", "한글 표\n漢字 ①\n"},
        {"utf-16le", "한글 똠방각하 😀\r\n"},
        {"auto:cp949", "한글 똠방각하\n키\n표 창\n"},
        {"cp932", "日本語 カタカナ\n"},
        {"cp1252", "Größe “é” €\n"},
    };
    for (const auto &sample : samples) {
        Said said = Say(sample.encoding, Helper({"--copy", "3"}), Captured(), sample.text);
        EXPECT_EQ(0, said.code) << said.message;
        EXPECT_EQ(sample.text, said.out) << sample.encoding;
    }
}

TEST_F(ChildText, AStreamOfTwoEncodingsIsReadLineByLine)
{
    std::string bytes, text;
    for (const char *line : {"커밋: 설정 파일을 고침\n", "키\n", "plain\r\n", "표 1. 창\n", "똠방각하 펲시콜라\n"}) {
        bytes += line + Encode("cp949", line);
        text += std::string(line) + line;
    }
    bytes += Encode("cp949", "끝");
    NewFile("mixed", bytes);
    const std::string path = InFolder("mixed");
    subproc_options options = Captured();
    options.in.kind = SUBPROC_STREAM_FILE;
    options.in.path = path.c_str();
    for (const char *write : {"1", "5", "65536"})
        EXPECT_EQ(text + "끝", Say("auto:cp949", Helper({"--copy", write}), options).out);
}
