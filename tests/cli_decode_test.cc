// subproc decode: files and streams to UTF-8.
#include "cli_support.h"

#include <sstream>

#if __has_include(<sys/wait.h>)
#include <signal.h>
#define HAVE_SIGNALS
#endif

namespace
{

using namespace cli;

// Code page 949: "한글" and "가나".
const std::string kHangul = "\xC7\xD1\xB1\xDB", kSyllables = "\xB0\xA1\xB3\xAA";
const Words kKorean = {"decode", "-f", "auto:cp949"};

// ---- usage ---------------------------------------------------------------------------------------------------------

TEST(CommandDecode, RefusesBadUsage)
{
    Folder folder;
    std::string file = folder.File("a", "text\n");
    const std::vector<Words> all = {{"decode", "-f"},
                                    {"decode", "-f", "no-such-encoding", file},
                                    {"decode", "-f", "auto:utf-16", file},
                                    {"decode", "-f", "", file},
                                    {"decode", "--errors", "harsh", file},
                                    {"decode", "--errors", file},
                                    {"decode", "--detect=yes", file},
                                    {"decode", "--nonsense", file},
                                    {"decode", "--detect", "-f", "utf-16", file}};
    for (const Words &words : all)
        ExpectRefused(words);
}

TEST(CommandDecode, NamesAnUnknownEncoding)
{
    Outcome outcome = Command({"decode", "-f", "no-such-encoding"});
    EXPECT_EQ(outcome.err, "subproc: decode: -f: encoding 'no-such-encoding' is unknown here\n");
}

// ---- what is read --------------------------------------------------------------------------------------------------

TEST(CommandDecode, ReadsStandardInput)
{
    for (const Words &words :
         std::vector<Words>{kKorean, kKorean + Words{"-"}, {"decode", "-fcp949"}, {"decode", "-f949"}}) {
        Outcome outcome = CommandWithInput(words, "plain\r\n" + kHangul + "\n" + kSyllables);
        EXPECT_EQ(outcome.out, "plain\r\n한글\n가나");
        EXPECT_EQ(outcome.err, "");
        EXPECT_EQ(outcome.status, 0u);
    }
}

TEST(CommandDecode, IsAutoUnlessToldOtherwise)
{
    EXPECT_EQ(CommandWithInput({"decode"}, "한글 plain\n").out, "한글 plain\n");
    const std::string mixed = kHangul + "\n한글\n";
    EXPECT_EQ(CommandWithInput({"decode"}, mixed).out, AutoText(mixed));
}

TEST(CommandDecode, TellsLinesOfAMixedStreamApart)
{
    Outcome outcome = CommandWithInput(kKorean, "한글\n" + kHangul + "\nmain.c: " + kSyllables + "\r\n가나\n");
    EXPECT_EQ(outcome.out, "한글\n한글\nmain.c: 가나\r\n가나\n");
}

TEST(CommandDecode, ReadsFilesOneAfterTheOther)
{
    Folder folder;
    std::string korean = folder.File("한글 이름.txt", kHangul), utf8 = folder.File("b", "\n한글\n"),
                empty = folder.File("c", "");
    EXPECT_EQ(Command(kKorean + Words{korean, utf8, empty, korean}).out, "한글\n한글\n한글");
    EXPECT_EQ(CommandWithInput(kKorean + Words{korean, "-", utf8}, "<" + kSyllables + ">").out, "한글<가나>\n한글\n");
    EXPECT_EQ(Command(kKorean + Words{"--", korean}).out, "한글");
}

TEST(CommandDecode, TellsWhatItCannotReadAndGoesOn)
{
    Folder folder;
    std::string good = folder.File("good", kHangul + "\n"), missing = folder.Path() + "/없는 파일";
    Outcome outcome = Command(kKorean + Words{good, missing, folder.Path(), good});
    EXPECT_EQ(outcome.status, 125u);
    EXPECT_EQ(outcome.out, "한글\n한글\n");
    EXPECT_EQ(outcome.err, "subproc: decode: cannot read '" + missing + "': not found\nsubproc: decode: cannot read '" +
                               folder.Path() + "': it is a directory\n");
}

TEST(CommandDecode, ReadsUtf16ByItsMark)
{
    Folder folder;
    const std::string little("\xFF\xFE\x5C\xD5\x00\xAE\x0A\x00", 8), big("\xFE\xFF\xD5\x5C\xAE\x00\x00\x0A", 8);
    EXPECT_EQ(Command({"decode", folder.File("a", little)}).out, "한글\n");
    EXPECT_EQ(Command({"decode", "-f", "AUTO:cp949", folder.File("b", big)}).out, "한글\n");
    EXPECT_EQ(Command({"decode", "-f", "utf-16le", folder.File("c", little.substr(2))}).out, "한글\n");
    // Not where another encoding was asked for, nor behind the beginning.
    EXPECT_EQ(Command({"decode", "-f", "iso-8859-1", folder.File("d", "\xFF\xFE")}).out, "ÿþ");
    EXPECT_EQ(Command(kKorean + Words{"--errors=ignore", folder.File("e", "x" + little.substr(0, 2) + "y\n")}).out, "xy\n");
    EXPECT_EQ(Command(kKorean + Words{"--errors=ignore", folder.File("f", "\xFF")}).out, "");
}

TEST(CommandDecode, ReadsTheMarkInTwoPieces)
{
    Fed filter(kKorean);
    filter.Write("\xFF");
    filter.Write(std::string("\xFE\x5C\xD5", 3));
    EXPECT_EQ(filter.Read(3), "한");
    EXPECT_EQ(filter.Finish(), 0u);
}

TEST(CommandDecode, UnifiesLineEnds)
{
    EXPECT_EQ(CommandWithInput({"decode", "--newlines", "-f", "cp949"}, kHangul + "\r\na\rb\n").out, "한글\na\nb\n");
}

// ---- as it comes ---------------------------------------------------------------------------------------------------

// What comes out tells that the piece before was read; cuts before that are read together with what follows.
void ExpectLinesAsTheyCome(const std::string &bytes, const std::string &text)
{
    Fed filter(kKorean);
    for (size_t cut = 0; cut <= bytes.size(); cut++) {
        filter.Write(bytes.substr(0, cut));
        size_t whole = bytes.rfind('\n', cut > 0 ? cut - 1 : 0) == std::string::npos || cut == 0 ? 0 : text.find('\n') + 1;
        if (cut == bytes.size())
            whole = text.size();
        ASSERT_EQ(filter.Read(whole), text.substr(0, whole)) << cut;
        filter.Write(bytes.substr(cut));
        ASSERT_EQ(filter.Read(text.size() - whole), text.substr(whole)) << cut;
    }
    EXPECT_EQ(filter.Finish(), 0u);
}

TEST(CommandDecodeStream, GivesALineAsSoonAsItIsComplete)
{
    ExpectLinesAsTheyCome(kHangul + " x\n" + kSyllables + "\n", "한글 x\n가나\n");
    ExpectLinesAsTheyCome(kHangul + "\n한 x\n", "한글\n한 x\n");
}

TEST(CommandDecodeStream, GivesTheAsciiBeginningOfALineAtOnce)
{
    Fed filter(kKorean);
    filter.Write("name: ");
    EXPECT_EQ(filter.Read(6), "name: ");
    filter.Write(kHangul.substr(0, 1));
    filter.Write(kHangul.substr(1) + "\n");
    EXPECT_EQ(filter.Read(7), "한글\n");
    EXPECT_EQ(filter.Finish(), 0u);
}

TEST(CommandDecodeStream, GivesCharactersOfOneEncodingAtOnce)
{
    Fed filter({"decode", "-f", "cp949"});
    for (size_t i = 0; i < kHangul.size(); i++) {
        filter.Write(kHangul.substr(i, 1));
        if (i % 2 == 1) {
            EXPECT_EQ(filter.Read(3), i == 1 ? "한" : "글");
        }
    }
    EXPECT_EQ(filter.Finish(), 0u);
}

TEST(CommandDecodeStream, DetectsALineAsSoonAsItIsComplete)
{
    Fed filter(kKorean + Words{"--detect"});
    filter.Write(kHangul);
    filter.Write("\n");
    EXPECT_EQ(filter.Read(15), "1\tcp949\t한글\n");
    filter.Write("50%\r6");
    EXPECT_EQ(filter.Read(12), "2\tascii\t50%\n");
    EXPECT_EQ(filter.Finish(), 0u);
    EXPECT_EQ(filter.Read(100), "3\tascii\t6\n");
}

// ---- bad bytes -----------------------------------------------------------------------------------------------------

TEST(CommandDecodeErrors, AreTreatedAsTold)
{
    const std::string bad = "a\xFFz\n";
    const struct {
        const char *policy, *out;
    } cases[] = {{"replace", "a\uFFFDz\n"}, {"ignore", "az\n"}, {"backslash", "a\\xFFz\n"}};
    for (const auto &one : cases) {
        Outcome outcome = CommandWithInput({"decode", "-f", "utf-8", "--errors", one.policy}, bad);
        EXPECT_EQ(outcome.out, one.out);
        EXPECT_EQ(outcome.err, "");
        EXPECT_EQ(outcome.status, 0u);
    }
}

TEST(CommandDecodeErrors, AreToldWhenNobodyChose)
{
    Outcome outcome = CommandWithInput({"decode", "-f", "utf-8"}, "a\xFFz\n");
    EXPECT_EQ(outcome.out, "a\uFFFDz\n");
    EXPECT_EQ(outcome.err,
              "subproc: decode: standard input: 1 part is no character and became U+FFFD; '--errors strict' says "
              "where they are and what would have worked\n");
    EXPECT_EQ(outcome.status, 0u);
    EXPECT_TRUE(
        Contains(CommandWithInput({"decode", "-f", "utf-16"}, std::string("\x00\xDC\x00\xDC", 4)).err, "2 parts are"));
}

// How the line would read depends on the page of this system's console.
void ExpectTold(const Outcome &outcome, const std::string &what)
{
    EXPECT_TRUE(outcome.err.starts_with("subproc: decode: " + what)) << outcome.err;
    EXPECT_TRUE(IsOneLine(outcome.err));
    EXPECT_EQ(outcome.status, 125u);
}

TEST(CommandDecodeErrors, EndAFileWhenTheyMayNotBe)
{
    Folder folder;
    std::string bad = folder.File("bad", "ok\nkey " + kHangul + "\nnext\n"), good = folder.File("good", "good\n");
    Outcome outcome = Command({"decode", "-f", "utf-8", "--errors=strict", bad, good});
    EXPECT_EQ(outcome.out, "ok\nkey good\n");
    ExpectTold(outcome, bad + ": byte 0xC7 at offset 7 is not UTF-8; the line reads as ");
    ExpectTold(CommandWithInput(kKorean + Words{"--errors=strict"}, "a\xFF\n"),
               "standard input: byte 0xFF at offset 1 is neither UTF-8 nor cp949");
}

TEST(CommandDecodeErrors, AreAnEndInTheMiddleOfACharacter)
{
    ExpectTold(CommandWithInput({"decode", "-f", "cp949", "--errors=strict"}, "a\xC7"),
               "standard input: byte 0xC7 at offset 1 is not cp949");
    EXPECT_EQ(CommandWithInput({"decode", "-f", "cp949", "--errors=backslash"}, "a\xC7").out, "a\\xC7");
}

// ---- what each line was --------------------------------------------------------------------------------------------

const std::string kMixed = "plain\r\n" + kHangul + "\r한글\n\n\xFF\xC9\t\"\n" + kSyllables;

TEST(CommandDetect, SaysWhatEachLineWas)
{
    Outcome outcome = CommandWithInput(kKorean + Words{"--detect"}, kMixed);
    EXPECT_EQ(outcome.out, "1\tascii\tplain\n2\tcp949\t한글\n3\tutf-8\t한글\n4\tascii\t\n5\tutf-8!\t\uFFFD\uFFFD\t\"\n"
                           "6\tcp949\t가나\n");
    EXPECT_EQ(outcome.err, "subproc: decode: standard input: 6 lines: 2 ascii, 2 cp949, 2 utf-8; 1 with bad bytes (!)\n");
    EXPECT_EQ(outcome.status, 0u);
    EXPECT_EQ(CommandWithInput(kKorean + Words{"--detect"}, "").err, "subproc: decode: standard input: 0 lines\n");
}

TEST(CommandDetect, NamesTheFileWhenThereAreMore)
{
    Folder folder;
    std::string a = folder.File("가", kHangul + "\n"), b = folder.File("b", "x\ny"), none = folder.Path() + "/none";
    Outcome outcome = CommandWithInput(kKorean + Words{"--detect", a, none, b, "-"}, "z\n");
    EXPECT_EQ(outcome.out, a + ":1\tcp949\t한글\n" + b + ":1\tascii\tx\n" + b + ":2\tascii\ty\n" + "-:1\tascii\tz\n");
    EXPECT_EQ(outcome.err, "subproc: decode: " + a + ": 1 line: 1 cp949\nsubproc: decode: cannot read '" + none +
                               "': not found\nsubproc: decode: " + b +
                               ": 2 lines: 2 ascii\nsubproc: decode: standard input: 1 line: 1 ascii\n");
    EXPECT_EQ(outcome.status, 125u);
}

TEST(CommandDetect, SaysWhatIsNotInTheOneEncoding)
{
    EXPECT_EQ(CommandWithInput({"decode", "-f", "utf-8", "--detect"}, "한\n\xB0\xA1\n").out,
              "1\tutf-8\t한\n2\tutf-8!\t\uFFFD\uFFFD\n");
}

TEST(CommandDetect, ShowsTheBeginningOfALongLine)
{
    const size_t shown = 1 << 20;
    std::string text;
    while (text.size() < 2 * shown)
        text += "x한글";
    std::string out = CommandWithInput({"decode", "-f", "utf-8", "--detect"}, text + "\nnext\n").out;
    ASSERT_TRUE(out.starts_with("1\tutf-8\tx한글x"));
    ASSERT_TRUE(out.ends_with("…\n2\tascii\tnext\n"));
    size_t size = out.find("…\n") - 8;
    EXPECT_LE(size, shown);
    EXPECT_GT(size, shown - 4);
    EXPECT_EQ(out.compare(8, size, text, 0, size), 0);
}

TEST(CommandDetect, RefusesWhatHasNoLines)
{
    Folder folder;
    std::string file = folder.File("a", std::string("\xFF\xFEx\0", 4)), other = folder.File("b", "x\n");
    Outcome outcome = Command({"decode", "--detect", file, other});
    EXPECT_EQ(outcome.status, 125u);
    EXPECT_EQ(outcome.out, other + ":1\tascii\tx\n");
    EXPECT_TRUE(Contains(outcome.err, file + ": the bytes of utf-16 have no lines")) << outcome.err;
}

std::string Names(const json::Value &object)
{
    std::string names;
    for (const auto &[name, value] : object.members)
        names += name + " ";
    return names;
}

TEST(CommandDecodeJson, IsAnObjectALineAndOneForAll)
{
    for (const Words &words : std::vector<Words>{{"--json"}, {"--json", "--detect"}}) {
        Outcome outcome = CommandWithInput(kKorean + words, kMixed);
        EXPECT_EQ(outcome.status, 0u);
        EXPECT_EQ(outcome.err, "");
        Checked<json::Value> objects = ReadJsonLines(outcome.out);
        ASSERT_EQ(objects.size(), 7u) << outcome.out;
        EXPECT_EQ(Names(objects[0]), "bad_parts encoding file line offset size text truncated version ");
        EXPECT_EQ(objects[0]["version"].number, 1);
        EXPECT_TRUE(objects[0]["file"].IsNull());
        EXPECT_EQ(objects[1]["line"].number, 2);
        EXPECT_EQ(objects[1]["offset"].number, 7);
        EXPECT_EQ(objects[1]["size"].number, 5);
        EXPECT_EQ(objects[1]["encoding"].text, "cp949");
        EXPECT_EQ(objects[1]["bad_parts"].number, 0);
        EXPECT_EQ(objects[1]["text"].text, "한글");
        EXPECT_FALSE(objects[1]["truncated"].truth);
        EXPECT_EQ(objects[4]["text"].text, "\uFFFD\uFFFD\t\"");
        EXPECT_EQ(objects[4]["bad_parts"].number, 2);
        EXPECT_EQ(Names(objects[6]), "bad_lines bytes encodings error file lines version ");
        EXPECT_EQ(objects[6]["lines"].number, 6);
        EXPECT_EQ(objects[6]["bytes"].number, static_cast<double>(kMixed.size()));
        EXPECT_EQ(objects[6]["bad_lines"].number, 1);
        EXPECT_EQ(objects[6]["encodings"]["cp949"].number, 2);
        EXPECT_EQ(objects[6]["encodings"]["ascii"].number, 2);
        EXPECT_TRUE(objects[6]["error"].IsNull());
    }
}

TEST(CommandDecodeJson, TellsErrorsWhereTheyAre)
{
    Folder folder;
    std::string bad = folder.File("나쁜 것", "ok\n\xFF\nrest\n"), none = folder.Path() + "/none",
                good = folder.File("good", "x");
    Outcome outcome = Command({"decode", "--json", "-f", "utf-8", "--errors=strict", none, bad, good});
    EXPECT_EQ(outcome.status, 125u);
    Checked<json::Value> objects = ReadJsonLines(outcome.out);
    ASSERT_EQ(objects.size(), 5u) << outcome.out;
    EXPECT_EQ(objects[0]["file"].text, none);
    EXPECT_EQ(objects[0]["error"]["code"].text, "NOT_FOUND");
    EXPECT_EQ(objects[0]["error"]["step"].text, "open");
    EXPECT_NE(objects[0]["error"]["native"].number, 0);
    EXPECT_EQ(objects[1]["text"].text, "ok");
    EXPECT_EQ(objects[2]["error"]["code"].text, "DECODE");
    EXPECT_EQ(objects[2]["file"].text, bad);
    EXPECT_EQ(objects[2]["lines"].number, 1);
    EXPECT_EQ(objects[3]["text"].text, "x");
    EXPECT_TRUE(objects[4]["error"].IsNull());
}

// ---- large input, and a reader that goes away ------------------------------------------------------------------------

std::string Repeated(const std::string &unit, size_t size)
{
    std::string all;
    all.reserve(size + unit.size());
    while (all.size() < size)
        all += unit;
    return all;
}

TEST(CommandDecode, DecodesWhatDoesNotFitItsBuffers)
{
    for (const char *encoding : {"cp949", "auto:cp949"})
        for (const char *end : {"\n", ""}) {
            std::string out =
                CommandWithInput({"decode", "-f", encoding}, Repeated(kHangul + " x" + kSyllables + end, 1500000)).out;
            EXPECT_TRUE(out == Repeated(std::string("한글 x가나") + end, out.size())) << encoding << end;
            EXPECT_GT(out.size(), 1500000u);
        }
}

TEST(CommandDecode, NeedsLittleMemoryForALotOfInput)
{
    const std::string piece = Repeated(kHangul + " x", 1 << 20);
    const int pieces = 64;
    Folder folder;
    std::string file = folder.File("one endless line", "");
    std::ofstream stream(FromUtf8(file), std::ios::binary);
    for (int i = 0; i < pieces; i++)
        stream << piece;
    stream.close();
    for (const Words &options : std::vector<Words>{{}, {"--detect"}}) {
        struct subproc_options capture = CaptureOptions();
        capture.out.kind = SUBPROC_STREAM_NULL;
        struct subproc_result result;
        Words words = Words{CommandPath()} + kKorean + options + Words{file};
        ASSERT_EQ(subproc_run(Pointers(words), &capture, &result, nullptr), 0);
        EXPECT_EQ(result.exit.code, 0u);
        EXPECT_LT(result.peak_rss, static_cast<int64_t>(piece.size()) * pieces); // -1: not above our own
        subproc_result_free(&result);
    }
}

TEST(CommandDecode, EndsWhenItsReaderGoesAway)
{
    Folder folder;
    std::string file = folder.File("a", Repeated(kHangul + "\n", 4 << 20));
    for (const Words &options : std::vector<Words>{{}, {"--detect"}, {"--json"}}) {
        Fed filter(kKorean + options + Words{file});
        EXPECT_NE(filter.Read(5), "");
        subproc_close_stream(filter.child, SUBPROC_OUT);
        std::string told = filter.ReadErr();
        struct subproc_exit status = filter.End();
#ifdef HAVE_SIGNALS
        EXPECT_EQ(status.kind, SUBPROC_EXIT_SIGNALLED);
        EXPECT_EQ(status.code, static_cast<uint32_t>(SIGPIPE));
        EXPECT_EQ(told, "");
#else
        EXPECT_EQ(status.code, 125u);
        EXPECT_EQ(told, "subproc: cannot write to standard output\n");
#endif
    }
}

#ifdef HAVE_SIGNALS

TEST(CommandDecode, SaysSoWhereNoSignalEndsIt)
{
    for (const char *option : {"--errors=replace", "--detect", "--json"}) {
        Outcome outcome = RunProgram({"/bin/sh", "-c", "\"$@\" >&-", "sh", CommandPath(), "decode", option, CommandPath()},
                                     CaptureOptions());
        EXPECT_EQ(outcome.status, 125u);
        EXPECT_EQ(outcome.err, "subproc: cannot write to standard output\n") << option;
    }
    Outcome outcome = RunProgram({"/bin/sh", "-c", "\"$@\" <&-", "sh", CommandPath(), "decode"}, CaptureOptions());
    EXPECT_EQ(outcome.status, 125u);
    EXPECT_EQ(outcome.err, "subproc: decode: cannot read standard input\n");
}

#endif

} // namespace
