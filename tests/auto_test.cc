// `auto`: UTF-8 or a page, line by line. The lines here are this test's own; bench/auto.cc measures on real catalogues.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "text_util.h"

namespace
{

const char *const kKorean[] = {
    // What could be both when written in cp949, as `키` reads as `Ű`.
    "키",
    "표",
    "창",
    "책",
    "  화",
    "회",
    "체크",
    "터치",
    "크기표",
    "1. 창",
    "창(_W)",
    "홈(_H)",
    "FFT 창",
    "키 ID",
    "키-ID",
    "PGP 키",
    "[키]",
    "\"키\": 표",
    "체크 키 표",
    "(호환)",
    "치즈 키",
    "편 하",
    "투표",
    "확장 키",
    // What could be both when written in UTF-8.
    "문서",
    "그림",
    "명령: %s",
    "<경로>",
    "버전 번호",
    "모두",
    "진행: 10/20",
    "개수",
    "X간격",
    "봉투 c5",
    "'>' 빠짐",
    // What could not.
    "오류: 파일을 찾을 수 없습니다",
    "자식 프로세스가 보내는 인사!",
    "작업 중...",
    "안녕하세요, 세계",
    "설정 파일을 읽는 중 (3/7)",
    "사용법: subproc run [옵션] -- 명령",
    "error: 잘못된 인자 'x'",
    "경고: 2개의 파일을 건너뜁니다",
    "값이 너무 큼",
    "똠방각하 펲시콜라",
    "총 24시간 동안",
    "드라이브에 레이블이 없습니다.",
    "볼륨 일련 번호: 1234-ABCD",
    "물음표? 느낌표!",
    "가",
    "힣",
    "URL을 여는 중",
    "한글 漢字 ①",
};

const char *const kAlphabets[] = {
    "München",
    "Größe der Datei",
    "für",
    "Über uns",
    "Äpfel und Öl",
    "naïve façade",
    "à propos",
    "é",
    "déjà vu",
    "Où ça ?",
    "élève à l'école",
    "ó",
    "sí o no",
    "( ó ) sin pareja",
    "¿Qué?",
    "año",
    "él",
    "más",
    "«texto»",
    "se espera a, b ó c",
    "90°",
    "© 2024",
    "§ 5",
    "±1",
    "µs",
    "łódź",
    "zażółć gęślą jaźń",

    "Đà Nẵng",
    "Việt Nam",
    "ở đây",
    "Xin chào",
    "phở",
    "Y-ê-men",
    "på",
    "Älvsjö å ö",
    "kääntää",
    "URL:ää ei ole",
    "öö",
    "Привет",
    "Καλημέρα",
    "“quoted”",
    "— dash",
    "naïve café, crème brûlée",
    "Ångström",
    "Ça va",
    "être",
    "noël",
    "coup d'œil",
    "über",
    "Straße",
    "El Niño",
    "corazón",
    "João",
    "não",
    "İstanbul",
};

std::string Page(const std::string &line)
{
    return Encode("cp949", line);
}

TEST(Auto, ReadsKoreanLinesAloneInEitherEncoding)
{
    for (const char *line : kKorean) {
        EXPECT_EQ(Decode("auto:cp949", line), line);
        EXPECT_EQ(Decode("auto:cp949", Page(line)), line);
        EXPECT_EQ(Decode("auto:cp949", Page(line) + "\r\n"), line + std::string("\r\n"));
    }
}

TEST(Auto, LeavesOtherLanguagesAlone)
{
    const std::vector<std::string> nothing_to_tell_by = {"ó", "é", "öö"};
    for (const char *line : kAlphabets) {
        bool vague = std::count(nothing_to_tell_by.begin(), nothing_to_tell_by.end(), line) > 0;
        EXPECT_EQ(Decode("auto:cp949", line) == line, !vague) << line;
    }
}

struct Sample {
    std::string bytes, line;
};

void ExpectStreams(std::vector<Sample> samples, size_t rounds)
{
    std::mt19937 random(949);
    for (size_t round = 0; round < rounds; round++) {
        std::shuffle(samples.begin(), samples.end(), random);
        std::string bytes, text;
        for (const Sample &sample : samples) {
            bytes += sample.bytes + "\n";
            text += sample.line + "\n";
        }
        ASSERT_EQ(Decode("auto:cp949", bytes), text);
    }
}

TEST(Auto, ReadsStreamsThatMixBoth)
{
    std::vector<Sample> utf8, page, both;
    for (const char *line : kKorean) {
        utf8.push_back({line, line});
        page.push_back({Page(line), line});
        both.push_back(utf8.back());
        both.push_back(page.back());
    }
    ExpectStreams(utf8, 200);
    ExpectStreams(page, 200);
    ExpectStreams(both, 200);
}

TEST(Auto, LearnsFromTheStream)
{
    // A word that follows an ASCII one without a space could be `café` as well: the lines before tell.
    const std::string axis = Page("X축"), coffee = "caf\xC3\xA9";
    std::string korean;
    for (int i = 0; i < 8; i++)
        korean += Page("그래프를 그리는 중") + "\n";
    EXPECT_EQ(Decode("auto:cp949", coffee), "café");
    EXPECT_EQ(Decode("auto:cp949", "Größe\n" + std::string("\xC3\xA2\n")), "Größe\nâ\n");
    EXPECT_EQ(Decode("auto:cp949", korean + Page("A키") + "\n").substr(Decode("auto:cp949", korean).size()), "A키\n");
    EXPECT_EQ(Decode("auto:cp949", "그래프\n" + coffee), "그래프\ncafé");
}

TEST(Auto, IsNotLockedInByAnAsciiStart)
{
    std::string ascii;
    for (int i = 0; i < 5000; i++)
        ascii += "a plain line\n";
    EXPECT_EQ(Decode("auto:cp949", ascii + Page("한글 키") + "\n"), ascii + "한글 키\n");
    EXPECT_EQ(Decode("auto:cp949", ascii + "한글 키\n" + Page("한글") + "\n" + "끝"), ascii + "한글 키\n한글\n끝");
}

TEST(Auto, TakesTheLesserEvilOfALineThatIsNeither)
{
    EXPECT_EQ(Decode("auto:cp949", "한글을 쓰는 줄 \xFF 하나"), "한글을 쓰는 줄 \uFFFD 하나");
    EXPECT_EQ(Decode("auto:cp949", Page("한글을 쓰는 줄 ") + "\xFF" + Page(" 하나")), "한글을 쓰는 줄 \uFFFD 하나");
}

TEST(Auto, GivesALineWhenItEnds)
{
    Decoder decoder("auto:cp949");
    EXPECT_EQ(decoder.Feed("name "), "name "); // the same in both
    EXPECT_EQ(decoder.Feed(Page("이름")), "");
    EXPECT_EQ(decoder.Feed(": x"), "");
    EXPECT_EQ(decoder.Feed("\rprogress"), "이름: x\rprogress");
    EXPECT_EQ(decoder.Feed("\n한"), "\n");
    EXPECT_EQ(decoder.Finish(), "한");
}

TEST(Auto, GivesAPromptToFlushAndKeepsToWhatItTookItFor)
{
    Decoder decoder("auto:cp949");
    EXPECT_EQ(decoder.Feed(Page("이름: ")), "");
    EXPECT_EQ(decoder.Flush(), "이름: ");
    EXPECT_EQ(decoder.Flush(), "");
    EXPECT_EQ(decoder.Feed(Page("키")), "키"); // the line is settled
    EXPECT_EQ(decoder.Feed("\n"), "\n");
    EXPECT_EQ(decoder.Feed("한"), ""); // the next one is not
    EXPECT_EQ(decoder.Flush(), "한");
    EXPECT_EQ(decoder.Feed("\xEA"), "");
    EXPECT_EQ(decoder.Flush(), ""); // half a character
    EXPECT_EQ(decoder.Feed("\xB8\x80\n"), "글\n");
}

TEST(Auto, FlushOfHalfACharacterSettlesNothing)
{
    for (const std::string &line : {std::string("한"), Page("한")}) {
        Decoder decoder("auto:cp949");
        EXPECT_EQ(decoder.Feed("> " + line.substr(0, 1)), "> ");
        EXPECT_EQ(decoder.Flush(), "");
        EXPECT_EQ(decoder.Feed(line.substr(1) + "\n"), "한\n");
    }
}

TEST(Auto, GivesALineOf64KibWithoutItsEnd)
{
    std::string words;
    while (words.size() < 120000)
        words += "한글 ";
    Decoder decoder("auto:cp949");
    std::string given = decoder.Feed(Page(words));
    EXPECT_GE(given.size(), 65536u);
    EXPECT_EQ(words.compare(0, given.size(), given), 0);
    decoder.Finish();
    EXPECT_EQ(decoder.all.text, words);
}

TEST(Auto, TellsWhatEachLineWasTakenFor)
{
    Decoder decoder("auto:cp949");
    decoder.TellLines();
    decoder.Feed("plain\r\n" + Page("한글") + "\r");
    decoder.Feed("\n한\n\rend");
    decoder.Finish();
    EXPECT_EQ(decoder.all.lines,
              (std::vector<std::string>{"ascii:0+7", "cp949:7+6", "utf-8:13+4", "ascii:17+1", "ascii:18+3"}));
    EXPECT_EQ(decoder.all.text, "plain\r\n한글\r\n한\n\rend");
    Decoder neither("auto:cp949");
    neither.TellLines();
    neither.Feed("\xFF" + Page("한글") + "\xFF\n");
    EXPECT_EQ(neither.all.lines, (std::vector<std::string>{"cp949:0+7!2"}));
}

TEST(Auto, WorksOverOtherPages)
{
    EXPECT_EQ(Decode("auto:cp1252", "caf\xE9 \x93x\x94\ncafé\n"), "café “x”\ncafé\n");
    EXPECT_EQ(Decode("auto:cp932", "\x93\xFA\x96\x7B\n日本\nM\xC3\xBCnchen\n"), "日本\n日本\nMünchen\n");
    EXPECT_EQ(Decode("auto:gbk", "\xD6\xD0\xCE\xC4\n中文\n"), "中文\n中文\n");
    EXPECT_EQ(Decode("auto:euc-kr", "\xC7\xD1\xB1\xDB\n한글\n\xC5\xB0\n"), "한글\n한글\n키\n");
    EXPECT_EQ(Decode("auto:utf-8", "a\xFFz 한"), "a\uFFFDz 한");
}

} // namespace
