// Real programs that write Korean in each of its locales. ci/setup.sh makes these and brings the translations.
#include "real_text.h"

#include <cerrno>
#include <clocale>
#include <cstring>
#include <vector>

using namespace test;

namespace
{

struct Locale {
    const char *name, *encoding;
};

const Locale locales[] = {{"ko_KR.UTF-8", "utf-8"}, {"ko_KR.CP949", "cp949"}, {"ko_KR.EUC-KR", "euc-kr"}};

// What this system says for ENOENT in Korean; "" where a locale or its messages are missing.
std::string NoSuchFile()
{
    std::string words;
    for (const Locale &locale : locales) {
        locale_t made = newlocale(LC_ALL_MASK, locale.name, locale_t{});
        if (made == locale_t{})
            return "";
        if (words.empty())
            words = strerror_l(ENOENT, made);
        freelocale(made);
    }
    return words.find('\xEA') == std::string::npos && words.find('\xEC') == std::string::npos ? "" : words;
}

std::string InPage(const Locale &locale, const std::string &text)
{
    return Encode(locale.encoding, text);
}

} // namespace

class RealText : public Behaviour
{
  protected:
    void SetUp() override
    {
        Behaviour::SetUp();
        if (NoSuchFile().empty())
            GTEST_SKIP() << "the Korean locales or their messages are not installed";
    }

    // Runs `words` (in UTF-8) in that locale, as its user would, and reads what they say.
    Said In(const Locale &locale, const char *encoding, const std::vector<std::string> &words, std::string_view input = {})
    {
        Words argv;
        for (const std::string &word : words)
            argv.add(InPage(locale, word));
        const std::string all = std::string("LC_ALL=") + locale.name;
        const char *const changes[] = {all.c_str(), "LANGUAGE", nullptr}; // LANGUAGE would win over the locale
        subproc_options options = Captured();
        options.environment.changes = changes;
        options.directory = Folder().c_str();
        return Say(encoding, argv, options, input);
    }

    // The same words in each locale, however they are read.
    Said InEach(const std::vector<std::string> &words, const std::string &input = {})
    {
        const Said first = In(locales[0], locales[0].encoding, words, input);
        EXPECT_EQ(0, first.code) << first.message;
        for (const Locale &locale : locales) {
            Variable ours("LC_ALL", locale.name); // `console` is what our own environment says
            const std::string automatic = std::string("auto:") + locale.encoding;
            for (const char *encoding : {locale.encoding, "console", "auto", automatic.c_str()}) {
                const Said said = In(locale, encoding, words, input);
                EXPECT_EQ(first.out, said.out) << locale.name << " read as " << encoding;
                EXPECT_EQ(first.err, said.err) << locale.name << " read as " << encoding;
            }
        }
        return first;
    }
};

TEST_F(RealText, ProgramsNameAMissingFileInTheSameWordsInEachLocale)
{
    const std::string path = "/없는 폴더/창.txt", reason = NoSuchFile();
    for (const char *program : {"ls", "cat", "sort", "wc", "head", "grep 키"}) {
        std::vector<std::string> words = Split(program, ' ');
        words.push_back(path);
        const std::string err = InEach(words).err;
        EXPECT_NE(err.find(path), std::string::npos) << err;
        EXPECT_NE(err.find(reason + "\n"), std::string::npos) << err;
    }
}

TEST_F(RealText, AListOfFilesHasTheirNames)
{
    for (const Locale &locale : locales) {
        const std::string folder = InFolder(locale.encoding);
        MakeFolder(folder);
        for (const char *name : {"가나다.txt", "키", "표 1.c"})
            SaveFile(Join(folder, InPage(locale, name)), "");
        EXPECT_EQ(In(locale, locale.encoding, {"ls", locale.encoding}).out, "가나다.txt\n키\n표 1.c\n") << locale.name;
        EXPECT_EQ(In(locale, "auto:cp949", {"ls", locale.encoding}).out, "가나다.txt\n키\n표 1.c\n") << locale.name;
    }
}

TEST_F(RealText, ACompilerShowsAUtf8SourceAmongMessagesInThePage)
{
    NewFile("bad.c", "#include \"missing.h\" /* 설정 */\n");
    std::string first;
    for (const Locale &locale : locales) {
        Variable ours("LC_ALL", locale.name);
        for (const char *encoding : {"auto", "auto:cp949"}) {
            const std::string err = In(locale, encoding, {"gcc", "-c", "bad.c"}).err;
            first = first.empty() ? err : first;
            EXPECT_EQ(first, err) << locale.name << " read as " << encoding;
        }
    }
    EXPECT_NE(first.find("missing.h: " + NoSuchFile() + "\n"), std::string::npos) << first;
    EXPECT_NE(first.find("/* 설정 */\n"), std::string::npos) << first;
}

TEST_F(RealText, ACompilerNamesAMissingSource)
{
    const std::string err = InEach({"gcc", "-c", "없는 파일.c"}).err;
    EXPECT_NE(err.find("없는 파일.c: " + NoSuchFile() + "\n"), std::string::npos) << err;
}

TEST_F(RealText, TwoLocalesInOneStreamAreReadLineByLine)
{
    // One descriptor for all, as a build's log has it.
    const std::string script =
        "for i in 1 2 3; do\n"
        "LC_ALL=ko_KR.CP949 ls \"$1\"; LC_ALL=ko_KR.UTF-8 ls \"$2\"; LC_ALL=ko_KR.EUC-KR cat \"$1\"\n"
        "LC_ALL=ko_KR.UTF-8 cat \"$2\"; echo plain; done 2>&1";
    const std::string path = "/없는/키", page = Encode("cp949", path);
    const std::string all = "LC_ALL=C";
    const char *const changes[] = {all.c_str(), "LANGUAGE", nullptr};
    subproc_options options = Captured();
    options.environment.changes = changes;
    const Said said = Say("auto:cp949", Words{"sh", "-c", script, "sh", page, path}, options);
    const std::string ls = In(locales[0], "utf-8", {"ls", path}).err, cat = In(locales[0], "utf-8", {"cat", path}).err;
    const std::string round = ls + ls + cat + cat + "plain\n";
    EXPECT_EQ(round + round + round, said.out) << said.message;
}

TEST_F(RealText, InputIsReadByTheProgramInItsOwnEncoding)
{
    for (const Locale &locale : locales) {
        const std::string lines = "하나\n키\n가지\n창\n나무\n";
        EXPECT_EQ(In(locale, locale.encoding, {"sort"}, lines).out, "가지\n나무\n창\n키\n하나\n") << locale.name;
        EXPECT_EQ(In(locale, locale.encoding, {"cat"}, lines).out, lines) << locale.name;
        // One character of the program's is one of ours: it took the bytes for what they are.
        EXPECT_EQ(In(locale, locale.encoding, {"sed", "s/./<&>/g"}, "키 한\n").out, "<키>< ><한>\n") << locale.name;
        EXPECT_EQ(In(locale, locale.encoding, {"grep", "-o", "^.나"}, lines).out, "하나\n") << locale.name;
    }
    // A syllable whose second byte is an ASCII letter, in the one locale of the pages that has it.
    EXPECT_EQ(In(locales[1], "cp949", {"sed", "s/./<&>/g"}, "똠c\n").out, "<똠><c>\n");
}

TEST_F(RealText, AStrictReaderSaysHowTheLineReadsAndKeepsTheBytes)
{
    const char *const changes[] = {"LC_ALL=ko_KR.CP949", "LANGUAGE", nullptr};
    subproc_options options = Captured();
    options.environment.changes = changes;
    const std::string path = Encode("cp949", "/없음"), line = "cat: /없음: " + NoSuchFile();
    const Said said = Say("utf-8", Words{"cat", path}, options, {}, SUBPROC_ERRORS_STRICT);
    EXPECT_EQ(SUBPROC_E_DECODE, said.code);
    EXPECT_EQ(
        "cannot decode 'err' of command 'cat /\\xBE\\xF8\\xC0\\xBD': byte 0xBE at offset 6 is not UTF-8; the line reads as "
        "cp949: " +
            line,
        said.message);
    EXPECT_EQ(Encode("cp949", line) + "\n", said.err);
}
