/* options.text: output decoded, input encoded, nothing lost on the way. */
#include "support.h"

using namespace test;

class TextOption : public Behaviour
{
};

static const char greeting[] = "안녕, 세계!\n";
static const char greeting_cp949[] = "bec8b3e72c20bcbcb0e8210a";
static const char greeting_utf8[] = "ec9588eb85952c20ec84b8eab384210a";

static subproc_options Decoded(const char *encoding, subproc_text_errors errors = SUBPROC_ERRORS_DEFAULT)
{
    subproc_options options = Captured();
    options.text.encoding = encoding;
    options.text.errors = errors;
    return options;
}

static subproc_options Fed(const char *encoding, std::string_view input)
{
    subproc_options options = Decoded(encoding);
    options.in.kind = SUBPROC_STREAM_PIPE;
    options.input.data = input.data();
    options.input.size = input.size();
    return options;
}

TEST_F(TextOption, DecodesBothStreams)
{
    Ran ran(Helper({"--out-hex", greeting_cp949, "--err-hex", "c7d1"}), Decoded("cp949"));
    ASSERT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    EXPECT_EQ(greeting, ran.out());
    EXPECT_EQ("한", ran.err());
    EXPECT_EQ(12u, ran.result.out.total);
    EXPECT_EQ(16u, ran.result.out.size);
    EXPECT_EQ('\0', ran.result.out.data[16]);
    EXPECT_EQ(0, ran.result.out.undecoded);
}

TEST_F(TextOption, AutoReadsAStreamThatMixesBoth)
{
    Ran ran(Helper({"--out-hex", greeting_cp949, "--out-hex", greeting_utf8, "--out-hex", greeting_cp949}),
            Decoded("auto:cp949"));
    ASSERT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    EXPECT_EQ(std::string(greeting) + greeting + greeting, ran.out());
}

TEST_F(TextOption, MergedStreamsAreOneText)
{
    subproc_options options = Decoded("cp949");
    options.err.kind = SUBPROC_STREAM_MERGE;
    Ran ran(Helper({"--out-hex", "c7", "--err-hex", "d1"}), options);
    ASSERT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    EXPECT_EQ("한", ran.out());
    EXPECT_EQ(nullptr, ran.result.err.data);
}

TEST_F(TextOption, WithoutAnEncodingBytesStayBytes)
{
    Ran ran(Helper({"--out-hex", "b0a10d0aff"}), Captured());
    ASSERT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    EXPECT_EQ("\xB0\xA1\r\n\xFF", ran.out());
}

TEST_F(TextOption, NewlinesWorkWithAndWithoutAnEncoding)
{
    for (const char *encoding : {(const char *)nullptr, "utf-8", "cp949", "auto"}) {
        subproc_options options = Decoded(encoding);
        options.text.newlines = 1;
        Ran ran(Helper({"--out-hex", "610d0a620d630a0d"}), options);
        ASSERT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
        EXPECT_EQ("a\nb\nc\n\n", ran.out()) << (encoding ? encoding : "bytes");
    }
}

TEST_F(TextOption, EachPolicyDoesWhatItSays)
{
    struct {
        subproc_text_errors errors;
        const char *text;
    } policies[] = {{SUBPROC_ERRORS_DEFAULT, "a\xEF\xBF\xBD\x62"},
                    {SUBPROC_ERRORS_REPLACE, "a\xEF\xBF\xBD\x62"},
                    {SUBPROC_ERRORS_IGNORE, "ab"},
                    {SUBPROC_ERRORS_BACKSLASH, "a\\xFFb"}};
    for (const auto &policy : policies) {
        Ran ran(Helper({"--out-hex", "61ff62"}), Decoded("utf-8", policy.errors));
        ASSERT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
        EXPECT_EQ(policy.text, ran.out());
    }
}

TEST_F(TextOption, StrictGivesTheBytesAndTellsWhatWouldHaveWorked)
{
    Ran ran(Helper({"--out-hex", "61620a20b0a1b3aa0a", "--err", "e", "--exit", "3"}),
            Decoded("utf-8", SUBPROC_ERRORS_STRICT));
    EXPECT_EQ(SUBPROC_E_DECODE, ran.code);
    EXPECT_EQ("ab\n \xB0\xA1\xB3\xAA\n", ran.out());
    EXPECT_EQ(9u, ran.result.out.size);
    EXPECT_EQ(1, ran.result.out.undecoded);
    EXPECT_EQ("e", ran.err());
    EXPECT_EQ(0, ran.result.err.undecoded);
    EXPECT_EQ(Exited(3), ran.result.exit);
    std::string told = ran.error.message;
    EXPECT_NE(std::string::npos, told.find("cannot decode 'out' of command '")) << told;
    EXPECT_NE(std::string::npos, told.find("byte 0xB0 at offset 4 is not UTF-8; the line reads as cp")) << told;
}

TEST_F(TextOption, StrictTellsOfTheFirstStreamAndKeepsBoth)
{
    Ran ran(Helper({"--out-hex", "ff", "--err-hex", "fe"}), Decoded("utf-8", SUBPROC_ERRORS_STRICT));
    EXPECT_EQ(SUBPROC_E_DECODE, ran.code);
    EXPECT_EQ("\xFF", ran.out());
    EXPECT_EQ("\xFE", ran.err());
    EXPECT_EQ(1, ran.result.out.undecoded);
    EXPECT_EQ(1, ran.result.err.undecoded);
    EXPECT_NE(std::string::npos, std::string(ran.error.message).find("cannot decode 'out'")) << ran.error.message;
}

TEST_F(TextOption, StrictTellsOfErrToo)
{
    Ran ran(Helper({"--out", "o", "--err-hex", "fe"}), Decoded("utf-8", SUBPROC_ERRORS_STRICT));
    EXPECT_EQ(SUBPROC_E_DECODE, ran.code);
    EXPECT_EQ("o", ran.out());
    EXPECT_NE(std::string::npos, std::string(ran.error.message).find("cannot decode 'err'")) << ran.error.message;
}

TEST_F(TextOption, ADeadlineIsToldBeforeABadByte)
{
    subproc_options options = Decoded("utf-8", SUBPROC_ERRORS_STRICT);
    options.timeout = TimeToWrite();
    options.stop.ask_wait = -1;
    Ran ran(Helper({"--out-hex", "ff", "--hang"}), options);
    EXPECT_EQ(SUBPROC_E_TIMEOUT, ran.code);
    EXPECT_EQ("\xFF", ran.out());
    EXPECT_EQ(1, ran.result.out.undecoded);
}

TEST_F(TextOption, HalfACharacterAtADeadlineIsLeftOut)
{
    for (const char *encoding : {"cp949", "auto:cp949"}) {
        subproc_options options = Decoded(encoding, SUBPROC_ERRORS_STRICT);
        Gate gate(&options);
        Child child(Helper({"--out-hex", "c7d1b1", "--wait-for", gate.word(), "--out-hex", "db"}), options);
        while (child.result.out.total < 3)
            ASSERT_EQ(SUBPROC_E_TIMEOUT, child.Communicate("", 20)) << Told(child.error);
        EXPECT_EQ("한", child.out()) << encoding;
        EXPECT_EQ(0, child.result.out.undecoded);
        gate.Open();
        EXPECT_EQ(SUBPROC_OK, child.Communicate("")) << Told(child.error);
        EXPECT_EQ("한글", child.out()) << encoding;
        EXPECT_EQ(4u, child.result.out.total);
    }
}

TEST_F(TextOption, InputGoesTheOtherWay)
{
    Ran ran(Helper({"--count", "--exit", "0"}), Fed("cp949", greeting));
    ASSERT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    EXPECT_EQ("count=12\n", ran.out());
}

TEST_F(TextOption, InputComesBackThroughAChildInItsOwnEncoding)
{
    for (const char *encoding : {"cp949", "euc-kr", "utf-8", "utf-16le", "utf-16", "cp1361", "auto:cp949"}) {
        std::string text = greeting;
        for (int i = 0; i < 5000; i++)
            text += "가나다 abc 한글 " + std::to_string(i) + "\n";
        Ran ran(Helper({"--copy", "1021"}), Fed(encoding, text));
        if (std::string(encoding) == "cp1361" && ran.code == SUBPROC_E_ENCODING)
            continue; /* a system may lack Johab */
        ASSERT_EQ(SUBPROC_OK, ran.code) << encoding << ": " << Told(ran.error);
        EXPECT_TRUE(SameBytes(text, ran.out())) << encoding;
    }
}

TEST_F(TextOption, CommunicateEncodesOnceAndGoesOn)
{
    std::string text;
    for (int i = 0; i < 200000; i++)
        text += "가나다라마바사\n";
    subproc_options options = Piped();
    options.text.encoding = "cp949";
    Child child(Helper({"--copy", "4096"}), options);
    int code, rounds = 0;
    while ((code = child.Communicate(text, 1)) == SUBPROC_E_TIMEOUT)
        rounds++;
    EXPECT_EQ(SUBPROC_OK, code) << Told(child.error);
    EXPECT_GT(rounds, 0);
    EXPECT_TRUE(SameBytes(text, child.out()));
    EXPECT_EQ(200000u * 15, child.result.out.total);
}

TEST_F(TextOption, CommunicateRefusesWhatCannotBeSaidAndLeavesTheChildAlone)
{
    subproc_options options = Piped();
    options.text.encoding = "cp949";
    Child child(Helper({"--copy", "4096"}), options);
    EXPECT_EQ(SUBPROC_E_ENCODING, child.Communicate("a😀"));
    EXPECT_NE(std::string::npos,
              std::string(child.error.message).find("its input can't be encoded: '😀' (U+1F600) at offset 1"))
        << child.error.message;
    EXPECT_EQ(SUBPROC_OK, child.Communicate("가")) << Told(child.error);
    EXPECT_EQ("가", child.out());
}

TEST_F(TextOption, NothingStartsWithInputThatCannotBeSaid)
{
    std::string file = InFolder("started");
    struct {
        const char *encoding, *input;
        int code;
    } cases[] = {{"cp949", "한😀", SUBPROC_E_ENCODING},
                 {"euc-kr", "똠", SUBPROC_E_ENCODING},
                 {"ascii", "가", SUBPROC_E_ENCODING},
                 {"utf-8", "\xFF", SUBPROC_E_INVALID},
                 {"cp949", "\xC7\xD1", SUBPROC_E_INVALID}};
    for (const auto &one : cases) {
        subproc_options options = Fed(one.encoding, one.input);
        options.out.kind = SUBPROC_STREAM_FILE;
        options.out.path = file.c_str();
        Ran ran(Helper({"--out", "started"}), options);
        EXPECT_EQ(one.code, ran.code) << one.encoding << ": " << Told(ran.error);
        EXPECT_NE(std::string::npos, std::string(ran.error.message).find("cannot start '")) << ran.error.message;
        EXPECT_NE(std::string::npos, std::string(ran.error.message).find("its input can't be encoded: "))
            << ran.error.message;
        EXPECT_EQ(nullptr, ran.result.command);
        EXPECT_FALSE(SameFile(file, file)) << "it was started";
    }
}

TEST_F(TextOption, AnUnknownEncodingIsToldBeforeAnythingStarts)
{
    std::string file = InFolder("started");
    for (const char *name : {"no-such-encoding", "", "auto:utf-16le", "auto:no-such"}) {
        subproc_options options = Decoded(name);
        options.out.kind = SUBPROC_STREAM_FILE;
        options.out.path = file.c_str();
        Ran ran(Helper({"--out", "started"}), options);
        EXPECT_EQ(SUBPROC_E_ENCODING, ran.code) << name << ": " << Told(ran.error);
        EXPECT_FALSE(SameFile(file, file)) << "it was started";
        Child child(Helper({"--out", "started"}), options);
        EXPECT_EQ(SUBPROC_E_ENCODING, child.code) << name << ": " << Told(child.error);
    }
}

TEST_F(TextOption, TheStructIsChecked)
{
    subproc_options options = Decoded("utf-8", (subproc_text_errors)9);
    EXPECT_EQ(SUBPROC_E_INVALID, Ran(Helper({}), options).code);
    options = Decoded("utf-8");
    options.text.reserved[7] = 1;
    EXPECT_EQ(SUBPROC_E_INVALID, Ran(Helper({}), options).code);
}

TEST_F(TextOption, TheNameNeedNotOutliveTheStart)
{
    std::string name = "cp949";
    subproc_options options = Piped();
    options.text.encoding = name.c_str();
    Child child(Helper({"--copy", "4096"}), options);
    name = "xxxxx";
    EXPECT_EQ(SUBPROC_OK, child.Communicate("한글")) << Told(child.error);
    EXPECT_EQ("한글", child.out());
}

TEST_F(TextOption, ReadAndWriteMoveBytes)
{
    subproc_options options = Piped();
    options.text.encoding = "cp949";
    Child child(Helper({"--copy", "4096"}), options);
    EXPECT_EQ(SUBPROC_OK, child.Write("\xC7\xD1"));
    subproc_close_stream(child, SUBPROC_IN);
    EXPECT_EQ("\xC7\xD1", child.ReadAll());
}
