/* SINK streams: pieces and lines as they come, nothing lost, and a sink that stops the run. */
#include "support.h"

#include <algorithm>

using namespace test;

/* Collects what it is given, one string a piece. */
struct Collector {
    explicit Collector(bool lines, size_t longest = 0)
    {
        sink.callback = Take;
        sink.context = this;
        sink.lines = lines;
        sink.longest_line = longest;
    }

    static int Take(void *context, const subproc_piece *piece)
    {
        auto *self = (Collector *)context;
        std::string text(piece->data, piece->size);
        self->all += text;
        self->calls++;
        EXPECT_EQ(0u, piece->stage);
        std::string tag = piece->stream == SUBPROC_ERR ? "e:" : "";
        tag += piece->flags & SUBPROC_PIECE_SPLIT ? "+" : piece->flags & SUBPROC_PIECE_UNENDED ? "." : "";
        if (self->keeps)
            self->pieces.push_back(tag + text);
        return self->stop_after > 0 && self->calls >= self->stop_after;
    }

    subproc_sink sink = {};
    std::vector<std::string> pieces;
    std::string all;
    int calls = 0, stop_after = 0;
    bool keeps = true;
};

static subproc_options To(Collector &out, Collector *err = nullptr)
{
    subproc_options options = Streams(SUBPROC_STREAM_NULL, SUBPROC_STREAM_SINK, SUBPROC_STREAM_PIPE);
    options.out.sink = &out.sink;
    if (err != nullptr) {
        options.err.kind = SUBPROC_STREAM_SINK;
        options.err.sink = &err->sink;
    }
    return options;
}

using Lines = std::vector<std::string>;

class Sink : public Behaviour
{
};

TEST_F(Sink, GetsEveryByte)
{
    Collector out(false), err(false);
    Ran ran(Helper({"--fill-out", "3000000", "4099", "--fill-err", "100000", "977"}), To(out, &err));
    ASSERT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    EXPECT_TRUE(SameBytes(Pattern(3000000), out.all));
    EXPECT_TRUE(SameBytes(Pattern(100000), err.all));
    EXPECT_EQ(3000000u, ran.result.out.total);
    EXPECT_EQ(nullptr, ran.result.out.data);
    EXPECT_EQ(0u, ran.result.out.size);
}

TEST_F(Sink, GetsLinesWithoutTheirEnds)
{
    Collector out(true);
    Ran ran(Helper({"--out", "one\n\ntwo\r\nthree\rstill three\nfour"}), To(out));
    ASSERT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    EXPECT_EQ((Lines{"one", "", "two", "three\rstill three", ".four"}), out.pieces);
}

TEST_F(Sink, AnEndedStreamHasNoLastEmptyLine)
{
    Collector out(true);
    Ran ran(Helper({"--out", "one\n"}), To(out));
    EXPECT_EQ((Lines{"one"}), out.pieces);
}

TEST_F(Sink, LinesComeTogetherFromAnyPieces)
{
    std::string text, expected;
    for (int i = 0; i < 2000; i++)
        text += std::string((size_t)i % 97, (char)('a' + i % 26)) + "\n";
    for (const char *piece : {"1", "7", "4096"}) {
        Collector out(true);
        subproc_options options = To(out);
        options.in.kind = SUBPROC_STREAM_PIPE;
        options.input.data = text.data();
        options.input.size = piece[1] == 0 && piece[0] == '1' ? 5000 : text.size();
        Ran ran(Helper({"--copy", piece}), options);
        ASSERT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
        std::string joined;
        for (const std::string &line : out.pieces)
            joined += line[0] == '.' ? line.substr(1) : line + "\n";
        EXPECT_TRUE(SameBytes(text.substr(0, options.input.size), joined)) << piece;
    }
}

TEST_F(Sink, ALineThatIsTooLongComesInPieces)
{
    Collector out(true, 4);
    Ran ran(Helper({"--out", "abcdefghij\nabcd\nabcde\nabcdefgh"}), To(out));
    ASSERT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    EXPECT_EQ((Lines{"+abcd", "+efgh", "ij", "abcd", "+abcd", "e", "+abcd", ".efgh"}), out.pieces);
}

TEST_F(Sink, APieceOfALineEndsWithACharacter)
{
    Collector out(true, 4);
    subproc_options options = To(out);
    options.text.encoding = "cp949";
    Ran ran(Helper({"--out-hex", "b0a1b3aab4d90a"}), options);
    ASSERT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    EXPECT_EQ((Lines{"+가", "+나", "다"}), out.pieces);
}

TEST_F(Sink, ALineOf100MiBIsNeverLostAndNeverKept)
{
    struct {
        std::string expected = Pattern(Sanitized() || OnWine() ? 20 << 20 : 100 << 20);
        size_t at = 0, wrong = 0;
        int64_t heap = 0;
    } line;
    std::replace(line.expected.begin(), line.expected.end(), '\n', ' ');
    subproc_sink sink = {};
    sink.context = &line;
    sink.lines = 1;
    sink.callback = [](void *context, const subproc_piece *piece) {
        auto *state = (decltype(line) *)context;
        bool is_last = state->at + piece->size == state->expected.size();
        state->wrong += state->expected.compare(state->at, piece->size, piece->data, piece->size) != 0;
        state->wrong += piece->flags != (is_last ? SUBPROC_PIECE_UNENDED : SUBPROC_PIECE_SPLIT);
        state->at += piece->size;
        state->heap = std::max(state->heap, Heap());
        return 0;
    };
    subproc_options options = Streams(SUBPROC_STREAM_NULL, SUBPROC_STREAM_SINK, SUBPROC_STREAM_PIPE);
    options.out.sink = &sink;
    options.in.kind = SUBPROC_STREAM_PIPE;
    options.input.data = line.expected.data();
    options.input.size = line.expected.size();
    const int64_t before = Heap();
    Ran ran(Helper({"--copy", "65536"}), options);
    ASSERT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    EXPECT_EQ(line.expected.size(), line.at);
    EXPECT_EQ(0u, line.wrong);
    if (before >= 0) {
        EXPECT_LT(line.heap - before, 4 << 20);
    }
}

TEST_F(Sink, GetsText)
{
    Collector out(true), err(true);
    subproc_options options = To(out, &err);
    options.text.encoding = "auto:cp949";
    options.text.newlines = 1;
    Ran ran(Helper({"--out-hex", "c7d1b1db0d0a", "--out", "한글\r유니코드\r\n", "--err-hex", "b0a1"}), options);
    ASSERT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    EXPECT_EQ((Lines{"한글", "한글", "유니코드"}), out.pieces);
    EXPECT_EQ((Lines{"e:.가"}), err.pieces);
}

TEST_F(Sink, BothStreamsMayHaveOne)
{
    Collector both(true);
    subproc_options options = To(both, &both);
    Gate gate(&options);
    Ran ran(Helper({"--out", "o1\n", "--err", "e1\n", "--out", "o2\n"}), options);
    ASSERT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    EXPECT_EQ(3u, both.pieces.size());
    gate.Open();
}

TEST_F(Sink, MergedOutputIsOne)
{
    Collector out(true);
    subproc_options options = To(out);
    options.err.kind = SUBPROC_STREAM_MERGE;
    Ran ran(Helper({"--out", "o1\n", "--err", "e1\n", "--out", "o2\n"}), options);
    EXPECT_EQ((Lines{"o1", "e1", "o2"}), out.pieces);
}

TEST_F(Sink, StopsTheRun)
{
    Collector out(true);
    out.stop_after = 2;
    subproc_options options = To(out);
    options.stop.ask_wait = -1;
    Ran ran(Helper({"--out", "1\n2\n3\n", "--err", "kept", "--hang"}), options);
    EXPECT_EQ(SUBPROC_E_CANCELLED, ran.code);
    EXPECT_EQ(SUBPROC_REASON_SINK, ran.result.reason);
    EXPECT_EQ(SUBPROC_STOPPED_BY_KILL, ran.result.stop_step);
    EXPECT_EQ((Lines{"1", "2"}), out.pieces);
    EXPECT_NE(std::string::npos, std::string(ran.error.message).find("was stopped by its sink")) << ran.error.message;
}

TEST_F(Sink, ThatStopsIsNotCalledAgain)
{
    Collector out(false);
    out.stop_after = 1;
    subproc_options options = To(out);
    options.stop.ask_wait = -1;
    Ran ran(Helper({"--fill-out", "100000000", "65536"}), options);
    EXPECT_EQ(SUBPROC_E_CANCELLED, ran.code);
    EXPECT_EQ(1, out.calls);
}

TEST_F(Sink, ABadByteUnderStrictStopsTheChild)
{
    Collector out(true);
    subproc_options options = To(out);
    options.text.encoding = "utf-8";
    options.text.errors = SUBPROC_ERRORS_STRICT;
    options.stop.ask_wait = -1;
    Ran ran(Helper({"--out-hex", "610a62ff0a", "--hang"}), options);
    EXPECT_EQ(SUBPROC_E_DECODE, ran.code);
    EXPECT_EQ(SUBPROC_REASON_DECODE, ran.result.reason);
    EXPECT_EQ("a", out.pieces.at(0));
    EXPECT_NE(std::string::npos, std::string(ran.error.message).find("byte 0xFF at offset 3 is not UTF-8"))
        << ran.error.message;
}

TEST_F(Sink, GetsWhatCameBeforeADeadline)
{
    Collector out(true);
    subproc_options options = To(out);
    options.timeout = TimeToWrite();
    options.stop.ask_wait = -1;
    Ran ran(Helper({"--out", "one\ntwo", "--hang"}), options);
    EXPECT_EQ(SUBPROC_E_TIMEOUT, ran.code);
    EXPECT_EQ((Lines{"one", ".two"}), out.pieces);
}

TEST_F(Sink, WorksInCommunicateOverManyTimeouts)
{
    Collector out(true);
    subproc_options options = To(out);
    Gate gate(&options);
    Child child(Helper({"--out", "one\ntw", "--wait-for", gate.word(), "--out", "o\nthree"}), options);
    while (out.pieces.empty())
        ASSERT_EQ(SUBPROC_E_TIMEOUT, child.Communicate("", 20)) << Told(child.error);
    EXPECT_EQ((Lines{"one"}), out.pieces);
    gate.Open();
    EXPECT_EQ(SUBPROC_OK, child.Communicate("")) << Told(child.error);
    EXPECT_EQ((Lines{"one", "two", ".three"}), out.pieces);
}

TEST_F(Sink, IsNotReadByHand)
{
    Collector out(true);
    Child child(Helper({"--out", "one"}), To(out));
    char byte;
    size_t got;
    EXPECT_EQ(SUBPROC_E_INVALID, subproc_read(child, SUBPROC_OUT, &byte, 1, deadline, &got, nullptr));
    EXPECT_EQ(SUBPROC_OK, child.Communicate("")) << Told(child.error);
    EXPECT_EQ("one", out.all);
}

TEST_F(Sink, IsChecked)
{
    Collector out(true);
    subproc_options options = To(out);
    options.out.sink = nullptr;
    EXPECT_EQ(SUBPROC_E_INVALID, Ran(Helper({}), options).code);
    options = To(out);
    out.sink.callback = nullptr;
    EXPECT_EQ(SUBPROC_E_INVALID, Ran(Helper({}), options).code);
    out.sink.callback = Collector::Take;
    out.sink.reserved[0] = 1;
    EXPECT_EQ(SUBPROC_E_INVALID, Ran(Helper({}), options).code);
    out.sink.reserved[0] = 0;
    options.in = options.out;
    EXPECT_EQ(SUBPROC_E_INVALID, Ran(Helper({}), options).code);
}
