/* The three streams: every kind in every place, reading and writing by hand, links between children. */
#include "support.h"

#include <cstdio>
#include <memory>
#include <thread>

using namespace test;

class Stdio : public Behaviour
{
};

/* ---- every combination of kinds ------------------------------------------------------------------------------------------ */

/* Where a child's output went, as far as this test's own places go. */
struct Places {
    std::string inherited[3], file[3], handle[3];
};

static const char *const kind_names[] = {"DEFAULT", "INHERIT", "PIPE", "NULL", "FILE", "HANDLE", "MERGE", "LINK", "FROM"};

/* As many bytes as the kind's number, so that the child's exit status tells where it read from. */
static std::string Input(subproc_stream_kind kind)
{
    return std::string(10u + (unsigned)kind, 'i');
}

class Combination
{
  public:
    Combination(const std::string &folder, subproc_stream_kind in, subproc_stream_kind out, subproc_stream_kind err)
        : folder_(folder), kinds_{in, out, err}
    {
    }

    /* "" when each byte came and went where it should. */
    std::string Try()
    {
        PrepareFiles();
        OwnStreams ours(inherited_[0], inherited_[1], inherited_[2]);
        if (kinds_[0] == SUBPROC_STREAM_FROM)
            StartUpstream();
        Child child(Helper({"--out", "O", "--err", "E", "--exit-with-count"}), Options());
        if (child.code != SUBPROC_OK)
            return "the start: " + Told(child.error);
        std::string wrong = Finish(child);
        for (int i = 1; i < 3; i++)
            wrong += Check(i);
        return wrong;
    }

  private:
    std::string Path(const char *what, int i) const
    {
        return Join(folder_, what + std::to_string(i));
    }

    void PrepareFiles()
    {
        SaveFile(Path("inherited", 0), Input(SUBPROC_STREAM_INHERIT));
        SaveFile(Path("handle", 0), Input(SUBPROC_STREAM_HANDLE));
        SaveFile(Path("file", 0), Input(SUBPROC_STREAM_FILE));
        for (int i = 0; i < 3; i++) {
            inherited_[i] = OpenPath(Path("inherited", i), i == 0 ? 'r' : 'w');
            handle_[i] = OpenPath(Path("handle", i), i == 0 ? 'r' : 'w');
            paths_[i] = Path("file", i);
            if (i > 0)
                SaveFile(paths_[i], "");
        }
    }

    void StartUpstream()
    {
        subproc_options options = Streams(SUBPROC_STREAM_NULL, SUBPROC_STREAM_LINK, SUBPROC_STREAM_NULL);
        upstream_ = std::make_unique<Child>(Helper({"--out", Input(SUBPROC_STREAM_FROM)}), options);
    }

    subproc_options Options()
    {
        subproc_options options{};
        subproc_stream *const streams[] = {&options.in, &options.out, &options.err};
        for (int i = 0; i < 3; i++) {
            streams[i]->kind = kinds_[i];
            if (kinds_[i] == SUBPROC_STREAM_FILE)
                streams[i]->path = paths_[i].c_str();
            if (kinds_[i] == SUBPROC_STREAM_HANDLE)
                streams[i]->handle = handle_[i];
            if (kinds_[i] == SUBPROC_STREAM_FROM)
                streams[i]->from = *upstream_;
        }
        return options;
    }

    std::string Finish(Child &child)
    {
        Handle links[3];
        for (subproc_stream_id id : {SUBPROC_OUT, SUBPROC_ERR})
            links[id] = TakeLink(child, id);
        bool feeds = kinds_[0] == SUBPROC_STREAM_PIPE;
        if (child.Communicate(feeds ? Input(SUBPROC_STREAM_PIPE) : "") != SUBPROC_OK)
            return "communicate: " + Told(child.error);
        came_[1] = kinds_[1] == SUBPROC_STREAM_LINK ? links[1].ReadAll() : child.out();
        came_[2] = kinds_[2] == SUBPROC_STREAM_LINK ? links[2].ReadAll() : child.err();
        uint32_t expected = kinds_[0] == SUBPROC_STREAM_NULL ? 0 : (uint32_t)Input(kinds_[0]).size();
        return child.result.exit == Exited(expected) ? "" : "read " + std::to_string(child.result.exit.code) + " bytes; ";
    }

    Handle TakeLink(Child &child, subproc_stream_id id)
    {
        subproc_handle handle = SUBPROC_NO_HANDLE;
        if (kinds_[id] == SUBPROC_STREAM_LINK)
            subproc_take_stream(child, id, &handle, nullptr);
        return Handle(handle);
    }

    /* Each of the places of stream `i` holds what it should and nothing else. */
    std::string Check(int i)
    {
        std::string expected = i == 1 ? "O" : "E";
        if (i == 1 && kinds_[2] == SUBPROC_STREAM_MERGE)
            expected = "OE";
        subproc_stream_kind kind = kinds_[i];
        std::string wrong;
        auto place = [&](bool is_it, const char *name, const std::string &content) {
            if (content != (is_it ? expected : ""))
                wrong += std::string(name) + std::to_string(i) + " holds '" + content + "'; ";
        };
        place(kind == SUBPROC_STREAM_PIPE || kind == SUBPROC_STREAM_LINK, "the pipe ", came_[i]);
        place(kind == SUBPROC_STREAM_INHERIT, "our stream ", LoadFile(Path("inherited", i)));
        place(kind == SUBPROC_STREAM_FILE, "the file ", LoadFile(paths_[i]));
        place(kind == SUBPROC_STREAM_HANDLE, "the handle ", LoadFile(Path("handle", i)));
        return wrong;
    }

    std::string folder_, paths_[3], came_[3];
    subproc_stream_kind kinds_[3];
    Handle inherited_[3], handle_[3];
    std::unique_ptr<Child> upstream_;
};

class StdioOfEveryKind : public Behaviour, public testing::WithParamInterface<subproc_stream_kind>
{
};

TEST_P(StdioOfEveryKind, ReachesItsPlaceBesideEveryOther)
{
    const subproc_stream_kind outs[] = {SUBPROC_STREAM_INHERIT, SUBPROC_STREAM_PIPE,   SUBPROC_STREAM_NULL,
                                        SUBPROC_STREAM_FILE,    SUBPROC_STREAM_HANDLE, SUBPROC_STREAM_LINK};
    const subproc_stream_kind errs[] = {SUBPROC_STREAM_INHERIT, SUBPROC_STREAM_PIPE,   SUBPROC_STREAM_NULL,
                                        SUBPROC_STREAM_FILE,    SUBPROC_STREAM_HANDLE, SUBPROC_STREAM_LINK,
                                        SUBPROC_STREAM_MERGE};
    for (subproc_stream_kind out : outs)
        for (subproc_stream_kind err : errs)
            EXPECT_EQ("", Combination(Folder(), GetParam(), out, err).Try())
                << "out " << kind_names[out] << ", err " << kind_names[err];
}

INSTANTIATE_TEST_SUITE_P(In, StdioOfEveryKind,
                         testing::Values(SUBPROC_STREAM_INHERIT, SUBPROC_STREAM_PIPE, SUBPROC_STREAM_NULL,
                                         SUBPROC_STREAM_FILE, SUBPROC_STREAM_HANDLE, SUBPROC_STREAM_FROM),
                         [](const auto &param) { return std::string(kind_names[param.param]); });

/* ---- our own standard streams missing -------------------------------------------------------------------------------------- */

static OwnStreams Without(int mask)
{
    auto stream = [mask](int i) { return (mask & 1 << i) != 0 ? SUBPROC_NO_HANDLE : OwnStreams::keep; };
    return {stream(0), stream(1), stream(2)};
}

static void TryEveryWayWithout(int mask)
{
    OwnStreams ours = Without(mask);
    std::vector<std::string> before = Held();
    {
        Child piped(Helper({"--copy", "4096", "--err", "E"}), Piped());
        EXPECT_EQ(SUBPROC_OK, piped.code) << mask << ": " << Told(piped.error);
        EXPECT_EQ(SUBPROC_OK, piped.Communicate("through")) << mask << ": " << Told(piped.error);
        EXPECT_EQ("through", piped.out()) << mask;
        EXPECT_EQ("E", piped.err()) << mask;
    }
    subproc_options nothing = Streams(SUBPROC_STREAM_NULL, SUBPROC_STREAM_NULL, SUBPROC_STREAM_NULL);
    Ran null(Helper({"--out", "O", "--err", "E", "--exit-with-count"}), nothing);
    EXPECT_EQ(Exited(0), null.result.exit) << mask << ": " << Told(null.error);
    subproc_options inherit{};
    inherit.in.kind = (mask & 1) != 0 ? SUBPROC_STREAM_INHERIT : SUBPROC_STREAM_NULL;
    inherit.out.kind = (mask & 2) != 0 ? SUBPROC_STREAM_INHERIT : SUBPROC_STREAM_NULL;
    inherit.err.kind = (mask & 4) != 0 ? SUBPROC_STREAM_INHERIT : SUBPROC_STREAM_NULL;
    Ran inherited(Helper({"--out", "O", "--err", "E", "--exit-with-count"}), inherit);
    EXPECT_EQ(Exited(0), inherited.result.exit) << mask << ": " << Told(inherited.error);
    EXPECT_EQ("", Leaked(before, Held())) << mask;
}

static void TryLinksWithout(int mask)
{
    OwnStreams ours = Without(mask);
    Child first(Helper({"--out", "linked"}), Streams(SUBPROC_STREAM_NULL, SUBPROC_STREAM_LINK, SUBPROC_STREAM_NULL));
    subproc_options options = Streams(SUBPROC_STREAM_FROM, SUBPROC_STREAM_PIPE, SUBPROC_STREAM_MERGE);
    options.in.from = first;
    Child second(Helper({"--copy", "4096", "--err", "E"}), options);
    EXPECT_EQ(SUBPROC_OK, second.code) << mask << ": " << Told(second.error);
    EXPECT_EQ(SUBPROC_OK, second.Communicate("")) << mask << ": " << Told(second.error);
    EXPECT_EQ("linkedE", second.out()) << mask;
}

OWN_PROCESS(MissingStreams)
{
    for (int mask = 0; mask < 8; mask++) {
        TryEveryWayWithout(mask);
        TryLinksWithout(mask);
    }
}

TEST_F(Stdio, ParentsWithoutAnyOfTheirStandardStreamsStartChildren)
{
    InOwnProcess("MissingStreams");
}

/* ---- files and handles -------------------------------------------------------------------------------------------------------- */

TEST_F(Stdio, AFileIsTruncatedByDefaultAndCreated)
{
    std::string path = NewFile("old", "old content"), made = InFolder("새 파일");
    subproc_options options = Streams(SUBPROC_STREAM_NULL, SUBPROC_STREAM_FILE, SUBPROC_STREAM_FILE);
    options.out.path = path.c_str();
    options.err.path = made.c_str();
    Ran ran(Helper({"--out", "new", "--err", "made"}), options);
    ASSERT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    EXPECT_EQ("new", LoadFile(path));
    EXPECT_EQ("made", LoadFile(made));
}

TEST_F(Stdio, AnAppendedFileKeepsWhatItHeld)
{
    std::string path = NewFile("log", "1");
    subproc_options options = Streams(SUBPROC_STREAM_NULL, SUBPROC_STREAM_FILE, SUBPROC_STREAM_FILE);
    options.out.path = options.err.path = path.c_str();
    options.out.mode = options.err.mode = SUBPROC_FILE_APPEND;
    Ran ran(Helper({"--out", "2", "--err", "3", "--out", "4"}), options);
    ASSERT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    EXPECT_EQ("1234", LoadFile(path));
    std::string made = InFolder("new");
    options.out.path = options.err.path = made.c_str();
    Ran again(Helper({"--out", "a"}), options);
    EXPECT_EQ("a", LoadFile(made)) << Told(again.error);
}

TEST_F(Stdio, TwoStreamsMayUseOneHandleWhichStaysOurs)
{
    std::string path = InFolder("both");
    Handle file = OpenPath(path, 'w');
    subproc_options options = Streams(SUBPROC_STREAM_NULL, SUBPROC_STREAM_HANDLE, SUBPROC_STREAM_HANDLE);
    options.out.handle = options.err.handle = file;
    Ran ran(Helper({"--out", "1", "--err", "2", "--out", "3"}), options);
    ASSERT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    EXPECT_TRUE(file.Write("4"));
    EXPECT_EQ("1234", LoadFile(path));
}

TEST_F(Stdio, AHandleStaysOursWhenTheStartFails)
{
    Handle file = OpenPath(InFolder("kept"), 'w');
    subproc_options options = Streams(SUBPROC_STREAM_NULL, SUBPROC_STREAM_HANDLE, SUBPROC_STREAM_HANDLE);
    options.out.handle = options.err.handle = file;
    Ran ran(Words{"no-such-program-here"}, options);
    EXPECT_EQ(SUBPROC_E_NOT_FOUND, ran.code) << Told(ran.error);
    EXPECT_TRUE(file.Write("ours"));
    EXPECT_EQ("ours", LoadFile(InFolder("kept")));
}

TEST_F(Stdio, AStreamOfOursCanServeAsAnother)
{
    Handle out = OpenPath(InFolder("out"), 'w'), err = OpenPath(InFolder("err"), 'w');
    OwnStreams ours(OwnStreams::keep, out, err);
    subproc_options options = Streams(SUBPROC_STREAM_NULL, SUBPROC_STREAM_HANDLE, SUBPROC_STREAM_HANDLE);
    options.out.handle = OnWindows() ? (subproc_handle)err : 2;
    options.err.handle = OnWindows() ? (subproc_handle)out : 1;
    Ran ran(Helper({"--out", "O", "--err", "E"}), options);
    ASSERT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    EXPECT_EQ("O", LoadFile(InFolder("err")));
    EXPECT_EQ("E", LoadFile(InFolder("out")));
}

TEST_F(Stdio, TheDefaultIsToInherit)
{
    Handle in = OpenPath(NewFile("in", "four"), 'r');
    Handle out = OpenPath(InFolder("out"), 'w'), err = OpenPath(InFolder("err"), 'w');
    OwnStreams ours(in, out, err);
    Ran ran(Helper({"--out", "O", "--err", "E", "--exit-with-count"}));
    EXPECT_EQ(Exited(4), ran.result.exit) << Told(ran.error);
    EXPECT_EQ("O", LoadFile(InFolder("out")));
    EXPECT_EQ("E", LoadFile(InFolder("err")));
}

TEST_F(Stdio, MergeKeepsTheOrderOfWrites)
{
    subproc_options options = Streams(SUBPROC_STREAM_NULL, SUBPROC_STREAM_PIPE, SUBPROC_STREAM_MERGE);
    Ran ran(Helper({"--out", "1", "--err", "2", "--out", "3", "--err", "4"}), options);
    ASSERT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    EXPECT_EQ("1234", ran.out());
    EXPECT_EQ(nullptr, ran.result.err.data);
}

/* ---- by hand --------------------------------------------------------------------------------------------------------------------- */

TEST_F(Stdio, ReadsWhatIsThereAndNoMore)
{
    Child child(Helper({"--out", "abcdef", "--read-all"}), Piped());
    EXPECT_EQ("abc", child.Read(3));
    EXPECT_EQ("d", child.Read(1));
    char rest[100];
    size_t got;
    EXPECT_EQ(SUBPROC_OK, subproc_read(child, SUBPROC_OUT, rest, sizeof rest, deadline, &got, &child.error));
    EXPECT_EQ("ef", std::string(rest, got));
    EXPECT_EQ(SUBPROC_E_TIMEOUT, subproc_read(child, SUBPROC_OUT, rest, sizeof rest, 20, &got, &child.error));
    EXPECT_EQ(0u, got);
}

TEST_F(Stdio, ReadsEachOfTheTwoStreams)
{
    Child child(Helper({"--err", "E", "--out", "O"}), Captured());
    EXPECT_EQ("O", child.ReadAll(SUBPROC_OUT));
    EXPECT_EQ("E", child.ReadAll(SUBPROC_ERR));
    EXPECT_EQ("", child.ReadAll(SUBPROC_OUT)) << "the end of file comes again";
}

TEST_F(Stdio, TalksBackAndForth)
{
    Child child(Helper({"--copy", "4096"}), Piped());
    for (int i = 0; i < 20; i++) {
        std::string line = "line " + std::to_string(i) + "\n";
        EXPECT_EQ(SUBPROC_OK, child.Write(line)) << Told(child.error);
        EXPECT_TRUE(child.Says(line));
    }
    EXPECT_EQ(SUBPROC_OK, subproc_close_stream(child, SUBPROC_IN));
    EXPECT_EQ("", child.ReadAll());
    EXPECT_EQ(Exited(0), child.End());
}

TEST_F(Stdio, AWriteThatTimesOutTellsHowMuchWasTaken)
{
    const std::string data = Pattern(4 << 20), path = InFolder("copy");
    subproc_options options = Streams(SUBPROC_STREAM_PIPE, SUBPROC_STREAM_FILE, SUBPROC_STREAM_INHERIT);
    options.out.path = path.c_str();
    Gate gate(&options);
    Child child(Helper({"--wait-for", gate.word(), "--copy", "65536"}), options);
    size_t put = data.size() + 1, rest;
    subproc_error *error = &child.error;
    EXPECT_EQ(SUBPROC_E_TIMEOUT, subproc_write(child, data.data(), data.size(), 50, &put, error)) << Told(*error);
    ASSERT_LT(put, data.size());
    gate.Open();
    EXPECT_EQ(SUBPROC_OK, subproc_write(child, data.data() + put, data.size() - put, deadline, &rest, error))
        << Told(*error);
    EXPECT_EQ(data.size() - put, rest);
    EXPECT_EQ(SUBPROC_OK, subproc_close_stream(child, SUBPROC_IN));
    EXPECT_EQ(Exited(0), child.End());
    EXPECT_TRUE(SameBytes(data, LoadFile(path)));
}

TEST_F(Stdio, WhatAWriteTookArrivesAfterTheStreamIsClosed)
{
    for (size_t size : {size_t{1}, size_t{60000}, size_t{65536}}) {
        subproc_options options = Piped();
        Gate gate(&options);
        Child child(Helper({"--wait-for", gate.word(), "--copy", "65536"}), options);
        std::string data = Pattern(size);
        EXPECT_EQ(SUBPROC_OK, child.Write(data)) << Told(child.error);
        EXPECT_EQ(SUBPROC_OK, subproc_close_stream(child, SUBPROC_IN));
        gate.Open();
        EXPECT_TRUE(SameBytes(data, child.ReadAll()));
        EXPECT_EQ(Exited(0), child.End());
    }
}

/* Windows cancels what a thread began when that thread ends: then the loss is told, never silent to who writes on. */
TEST_F(Stdio, WhatAThreadWroteArrivesThoughTheThreadEndedOrItsLossIsTold)
{
    const std::string data = Pattern(1 << 20), path = InFolder("copy");
    subproc_options options = Streams(SUBPROC_STREAM_PIPE, SUBPROC_STREAM_FILE, SUBPROC_STREAM_INHERIT);
    options.out.path = path.c_str();
    Gate gate(&options);
    Child child(Helper({"--wait-for", gate.word(), "--copy", "65536"}), options);
    size_t put = 0, rest;
    subproc_error error;
    std::thread([&] { subproc_write(child, data.data(), data.size(), 50, &put, &error); }).join();
    ASSERT_LT(put, data.size());
    gate.Open();
    int code = subproc_write(child, data.data() + put, data.size() - put, deadline, &rest, &error);
    EXPECT_EQ(SUBPROC_OK, subproc_close_stream(child, SUBPROC_IN));
    EXPECT_EQ(Exited(0), child.End());
    std::string came = LoadFile(path);
    EXPECT_TRUE(SameBytes(data.substr(0, came.size()), came));
    EXPECT_TRUE((code == SUBPROC_OK && came.size() == data.size()) || (OnWindows() && code == SUBPROC_E_OS)) << Told(error);
}

TEST_F(Stdio, WhatAThreadWaitedForIsReadByAnother)
{
    subproc_options options = Piped();
    Gate gate(&options);
    Child child(Helper({"--wait-for", gate.word(), "--fill-out", "300000", "4096"}), options);
    std::thread([&] {
        char byte;
        size_t got;
        subproc_error error;
        EXPECT_EQ(SUBPROC_E_TIMEOUT, subproc_read(child, SUBPROC_OUT, &byte, 1, 20, &got, &error)) << Told(error);
    }).join();
    gate.Open();
    EXPECT_TRUE(SameBytes(Pattern(300000), child.ReadAll()));
}

TEST_F(Stdio, AWriteToAChildThatClosedItsInputIsToldAsClosed)
{
    Child child(Helper({"--close", "0", "--out", "closed", "--hang"}), WithoutConsole(Piped()));
    EXPECT_TRUE(child.Says("closed"));
    EXPECT_EQ(SUBPROC_E_CLOSED, child.Write(Pattern(1 << 20))) << Told(child.error);
    EXPECT_EQ(SUBPROC_E_CLOSED, child.Write("x")) << Told(child.error);
}

TEST_F(Stdio, AWriteToAChildThatEndedIsToldAsClosed)
{
    Child child(Helper({"--exit", "0"}), WithoutConsole(Piped()));
    EXPECT_EQ(Exited(0), child.End());
    EXPECT_EQ(SUBPROC_E_CLOSED, child.Write("x")) << Told(child.error);
}

TEST_F(Stdio, ReadsWhatAnEndedChildLeft)
{
    Child child(Helper({"--out", "left"}), Captured());
    EXPECT_EQ(Exited(0), child.End());
    EXPECT_EQ("left", child.ReadAll());
}

TEST_F(Stdio, OnlyPipesCanBeReadOrWritten)
{
    Child child(Helper({"--read-all"}), Streams(SUBPROC_STREAM_NULL, SUBPROC_STREAM_NULL, SUBPROC_STREAM_NULL));
    char byte;
    size_t got = 1;
    EXPECT_EQ(SUBPROC_E_INVALID, subproc_read(child, SUBPROC_OUT, &byte, 1, 0, &got, &child.error));
    EXPECT_EQ(0u, got);
    EXPECT_EQ(SUBPROC_E_INVALID, subproc_write(child, &byte, 1, 0, &got, &child.error));
    subproc_handle handle;
    EXPECT_EQ(SUBPROC_E_INVALID, subproc_stream_handle(child, SUBPROC_OUT, &handle, &child.error));
    EXPECT_EQ(SUBPROC_E_INVALID, subproc_take_stream(child, SUBPROC_OUT, &handle, &child.error));
    EXPECT_EQ(SUBPROC_OK, subproc_close_stream(child, SUBPROC_OUT));
    EXPECT_EQ(Exited(0), child.End());
}

TEST_F(Stdio, AReadOfNothingIsRefused)
{
    Child child(Helper({"--read-all"}), Piped());
    char byte;
    size_t got = 1;
    EXPECT_EQ(SUBPROC_E_INVALID, subproc_read(child, SUBPROC_OUT, &byte, 0, 0, &got, &child.error));
    EXPECT_EQ(0u, got);
    EXPECT_EQ(SUBPROC_E_INVALID, subproc_read(child, SUBPROC_IN, &byte, 1, 0, &got, &child.error));
}

TEST_F(Stdio, ClosingAStreamTwiceDoesNothing)
{
    Child child(Helper({"--read-all"}), Piped());
    for (subproc_stream_id id : {SUBPROC_IN, SUBPROC_IN, SUBPROC_OUT, SUBPROC_OUT, SUBPROC_ERR})
        EXPECT_EQ(SUBPROC_OK, subproc_close_stream(child, id));
    EXPECT_EQ(Exited(0), child.End());
    char byte;
    size_t got;
    EXPECT_EQ(SUBPROC_E_INVALID, subproc_read(child, SUBPROC_OUT, &byte, 1, 0, &got, &child.error));
}

TEST_F(Stdio, AReadIsCancelled)
{
    Trigger trigger;
    subproc_options options = Piped();
    options.cancel = trigger.get();
    Child child(Helper({"--out", "ready", "--hang"}), options);
    EXPECT_TRUE(child.Says("ready"));
    std::thread other([&trigger] { trigger.Fire(); });
    char byte;
    size_t got = 1;
    EXPECT_EQ(SUBPROC_E_CANCELLED, subproc_read(child, SUBPROC_OUT, &byte, 1, deadline, &got, &child.error));
    other.join();
    EXPECT_EQ(0u, got);
    EXPECT_EQ(CanAsk() ? Terminated() : Killed(), child.End());
}

TEST_F(Stdio, AWriteIsCancelled)
{
    Trigger trigger;
    subproc_options options = Piped();
    options.cancel = trigger.get();
    Child child(Helper({"--out", "ready", "--hang"}), options);
    EXPECT_TRUE(child.Says("ready"));
    std::thread other([&trigger] { trigger.Fire(); });
    std::string data(4 << 20, 'x');
    size_t put = data.size();
    EXPECT_EQ(SUBPROC_E_CANCELLED, subproc_write(child, data.data(), data.size(), deadline, &put, &child.error));
    other.join();
    EXPECT_LT(put, data.size());
    EXPECT_EQ(CanAsk() ? Terminated() : Killed(), child.End());
}

TEST_F(Stdio, TheHandleOfAPipeIsLent)
{
    Child child(Helper({"--out", "x", "--read-all"}), Piped());
    subproc_handle handle = SUBPROC_NO_HANDLE, again;
    EXPECT_EQ(SUBPROC_OK, subproc_stream_handle(child, SUBPROC_OUT, &handle, &child.error)) << Told(child.error);
    EXPECT_NE(SUBPROC_NO_HANDLE, handle);
    EXPECT_EQ(SUBPROC_OK, subproc_stream_handle(child, SUBPROC_OUT, &again, &child.error)) << Told(child.error);
    EXPECT_EQ(handle, again);
    if (!OnWindows()) {
        EXPECT_TRUE(IsReady(handle, deadline));
    }
    EXPECT_TRUE(child.Says("x"));
    EXPECT_EQ(SUBPROC_OK, subproc_stream_handle(child, SUBPROC_IN, &handle, &child.error)) << Told(child.error);
}

TEST_F(Stdio, ATakenPipeIsTheCallers)
{
    Child child(Helper({"--out", "taken", "--read-all"}), Piped());
    subproc_handle out = SUBPROC_NO_HANDLE, in = SUBPROC_NO_HANDLE, again;
    ASSERT_EQ(SUBPROC_OK, subproc_take_stream(child, SUBPROC_OUT, &out, &child.error)) << Told(child.error);
    ASSERT_EQ(SUBPROC_OK, subproc_take_stream(child, SUBPROC_IN, &in, &child.error)) << Told(child.error);
    Handle our_out(out), our_in(in);
    EXPECT_EQ(SUBPROC_E_INVALID, subproc_take_stream(child, SUBPROC_OUT, &again, &child.error));
    if (!OnWindows()) {
        EXPECT_TRUE(our_out.Says("taken")) << "blocking, as an ordinary file";
    }
    our_in.Close();
    EXPECT_EQ(Exited(0), child.End());
    our_out.Close();
}

/* ---- links ------------------------------------------------------------------------------------------------------------------------- */

static subproc_options FromLink(Child &upstream, subproc_stream_kind out)
{
    subproc_options options = Streams(SUBPROC_STREAM_FROM, out, SUBPROC_STREAM_INHERIT);
    options.in.from = upstream;
    return options;
}

TEST_F(Stdio, AChainOfTwoPassesEveryByte)
{
    Child first(Helper({"--fill-out", "3000000", "4096"}),
                Streams(SUBPROC_STREAM_NULL, SUBPROC_STREAM_LINK, SUBPROC_STREAM_INHERIT));
    Child second(Helper({"--copy", "65536"}), FromLink(first, SUBPROC_STREAM_PIPE));
    ASSERT_EQ(SUBPROC_OK, second.code) << Told(second.error);
    EXPECT_EQ(SUBPROC_OK, second.Communicate("")) << Told(second.error);
    EXPECT_TRUE(SameBytes(Pattern(3000000), second.out()));
    EXPECT_EQ(Exited(0), first.End());
}

TEST_F(Stdio, AChainOfThreeIsFedAndRead)
{
    Child first(Helper({"--copy", "4096"}), Streams(SUBPROC_STREAM_PIPE, SUBPROC_STREAM_LINK, SUBPROC_STREAM_INHERIT));
    Child second(Helper({"--copy", "512"}), FromLink(first, SUBPROC_STREAM_LINK));
    Child third(Helper({"--count"}), FromLink(second, SUBPROC_STREAM_PIPE));
    ASSERT_EQ(SUBPROC_OK, third.code) << Told(third.error);
    EXPECT_EQ(SUBPROC_OK, first.Communicate(Pattern(1'000'000))) << Told(first.error);
    EXPECT_EQ(SUBPROC_OK, third.Communicate("")) << Told(third.error);
    EXPECT_EQ("1000000", NumberOf(third.out(), "count"));
    EXPECT_EQ(Exited(0), first.End());
    EXPECT_EQ(Exited(0), second.End());
}

TEST_F(Stdio, TheEndOfTheReaderReachesTheWriter)
{
    Child first(Helper({"--fill-out", "100000000", "65536"}),
                Streams(SUBPROC_STREAM_NULL, SUBPROC_STREAM_LINK, SUBPROC_STREAM_INHERIT));
    Child second(Helper({"--read", "10"}), FromLink(first, SUBPROC_STREAM_NULL));
    EXPECT_EQ(Exited(0), second.End());
    subproc_exit status = first.End();
    EXPECT_TRUE(OnWindows() ? status == Exited(121) : status == Signalled(13)) << status.code;
}

TEST_F(Stdio, StderrCanBeLinkedToo)
{
    Child first(Helper({"--err", "from stderr"}), Streams(SUBPROC_STREAM_NULL, SUBPROC_STREAM_NULL, SUBPROC_STREAM_LINK));
    subproc_options options = FromLink(first, SUBPROC_STREAM_PIPE);
    options.in.from_stream = SUBPROC_ERR;
    Child second(Helper({"--copy", "4096"}), options);
    ASSERT_EQ(SUBPROC_OK, second.code) << Told(second.error);
    EXPECT_EQ(SUBPROC_OK, second.Communicate("")) << Told(second.error);
    EXPECT_EQ("from stderr", second.out());
}

TEST_F(Stdio, AFailedStartLeavesTheLinkWithTheFirst)
{
    Child first(Helper({"--out", "kept"}), Streams(SUBPROC_STREAM_NULL, SUBPROC_STREAM_LINK, SUBPROC_STREAM_INHERIT));
    Child failed(Words{"no-such-program-here"}, FromLink(first, SUBPROC_STREAM_PIPE));
    EXPECT_EQ(SUBPROC_E_NOT_FOUND, failed.code) << Told(failed.error);
    Child second(Helper({"--copy", "4096"}), FromLink(first, SUBPROC_STREAM_PIPE));
    ASSERT_EQ(SUBPROC_OK, second.code) << Told(second.error);
    EXPECT_EQ("kept", second.ReadAll());
}

TEST_F(Stdio, ALinkIsGivenOnlyOnce)
{
    Child first(Helper({"--out", "x"}), Streams(SUBPROC_STREAM_NULL, SUBPROC_STREAM_LINK, SUBPROC_STREAM_INHERIT));
    Child second(Helper({"--read-all"}), FromLink(first, SUBPROC_STREAM_NULL));
    ASSERT_EQ(SUBPROC_OK, second.code) << Told(second.error);
    Child third(Helper({"--read-all"}), FromLink(first, SUBPROC_STREAM_NULL));
    EXPECT_EQ(SUBPROC_E_INVALID, third.code) << Told(third.error);
    EXPECT_EQ(Exited(0), second.End());
}

TEST_F(Stdio, APipeIsNoLink)
{
    Child first(Helper({"--out", "x"}), Captured());
    Child second(Helper({"--read-all"}), FromLink(first, SUBPROC_STREAM_NULL));
    EXPECT_EQ(SUBPROC_E_INVALID, second.code) << Told(second.error);
}

TEST_F(Stdio, ATakenLinkIsAnOrdinaryFile)
{
    Child child(Helper({"--fill-out", "200000", "4096"}),
                Streams(SUBPROC_STREAM_NULL, SUBPROC_STREAM_LINK, SUBPROC_STREAM_INHERIT));
    subproc_handle handle;
    ASSERT_EQ(SUBPROC_OK, subproc_take_stream(child, SUBPROC_OUT, &handle, &child.error)) << Told(child.error);
    FILE *file = ReadingFile(handle);
    ASSERT_NE(nullptr, file);
    std::string came(200000 + 1, '\0');
    came.resize(fread(came.data(), 1, came.size(), file));
    EXPECT_TRUE(SameBytes(Pattern(200000), came));
    EXPECT_NE(0, feof(file));
    fclose(file);
    EXPECT_EQ(Exited(0), child.End());
}

TEST_F(Stdio, ALinkForInputIsWrittenByWhoTakesIt)
{
    Child child(Helper({"--copy", "4096"}), Streams(SUBPROC_STREAM_LINK, SUBPROC_STREAM_PIPE, SUBPROC_STREAM_INHERIT));
    ASSERT_EQ(SUBPROC_OK, child.code) << Told(child.error);
    subproc_handle lent, taken;
    EXPECT_EQ(SUBPROC_OK, subproc_stream_handle(child, SUBPROC_IN, &lent, &child.error)) << Told(child.error);
    ASSERT_EQ(SUBPROC_OK, subproc_take_stream(child, SUBPROC_IN, &taken, &child.error)) << Told(child.error);
    EXPECT_EQ(lent, taken);
    Handle end(taken);
    EXPECT_TRUE(end.Write("through"));
    end.Close();
    EXPECT_EQ("through", child.ReadAll());
}

TEST_F(Stdio, ALinkNeverGivenEndsWithTheChild)
{
    Child child(Helper({"--out", "x"}), Streams(SUBPROC_STREAM_NULL, SUBPROC_STREAM_LINK, SUBPROC_STREAM_LINK));
    EXPECT_EQ(Exited(0), child.End());
}

TEST_F(Stdio, LinksAreNotForRun)
{
    Ran ran(Helper({}), Streams(SUBPROC_STREAM_NULL, SUBPROC_STREAM_LINK, SUBPROC_STREAM_INHERIT));
    EXPECT_EQ(SUBPROC_E_INVALID, ran.code) << Told(ran.error);
}
