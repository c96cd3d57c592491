// Ctrl-C on a console of Windows. CTRL_BREAK, by which the ladder asks, reaches nobody on Wine (the ladder's own tests say more).
#include "cli_support.h"

#include <windows.h>

namespace
{

using namespace cli;

BOOL WINAPI GoOn(DWORD)
{
    return TRUE;
}

// What is stopped ignores Ctrl-C itself, or it might end by that before the command hears of it, on Wine with status 0.
// We take part in the console of a child, since Wine gives us none of our own; what we start shares it.
class CommandConsole : public testing::Test
{
  protected:
    void SetUp() override
    {
        struct subproc_options options = CaptureOptions();
        options.win32.creation_flags = CREATE_NO_WINDOW;
        options.in.kind = SUBPROC_STREAM_PIPE;
        options.timeout = 0;
        Words words = {HelperPath(), "--ignore", "2", "--out", "ready", "--read-all"};
        ASSERT_EQ(subproc_spawn(Pointers(words), &options, &holder_, nullptr), 0);
        char ready[5];
        size_t got = 0;
        for (size_t have = 0; have < sizeof ready; have += got)
            ASSERT_EQ(subproc_read(holder_, SUBPROC_OUT, ready, sizeof ready - have, 60000, &got, nullptr), 0);
        FreeConsole();
        ASSERT_TRUE(AttachConsole(static_cast<DWORD>(subproc_id(holder_)))) << GetLastError();
        ASSERT_TRUE(SetConsoleCtrlHandler(GoOn, TRUE));
    }

    void TearDown() override
    {
        SetConsoleCtrlHandler(GoOn, FALSE);
        FreeConsole();
        AttachConsole(ATTACH_PARENT_PROCESS); // where there is one
        subproc_kill(holder_, nullptr);
        subproc_wait(holder_, 60000, nullptr, nullptr);
        subproc_free(holder_);
    }

    static void CtrlC()
    {
        EXPECT_TRUE(GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0)) << GetLastError();
    }

    struct subproc *holder_ = nullptr;
};

TEST_F(CommandConsole, CtrlCStopsTheJobsAndTellsWhatIsUndone)
{
    for (const char *wait : {"-k0", "-k1s"}) {
        Folder folder;
        std::string file = folder.File("stopped.svg", "");
        Fed command(Parallel({wait, "-j2", "--tag", "--timeline", file},
                             {"--ignore", "2", "--out", "\n", "--hang", "{}", ":::", "a", "b", "c"}));
        EXPECT_EQ(command.Read(6).size(), 6u); // two jobs say their "a\t\n"
        CtrlC();
        EXPECT_EQ(command.Wait(), 130u);
        EXPECT_EQ(command.ReadErr(),
                  "subproc: parallel: stopped by signal 2 (SIGINT): 0 done (0 failed), 2 stopped, 1 not started\n");
        EXPECT_EQ(command.Read(100), "") << "the jobs are gone";
        std::ifstream picture(FromUtf8(file), std::ios::binary);
        std::string text{std::istreambuf_iterator<char>(picture), std::istreambuf_iterator<char>()};
        EXPECT_TRUE(Contains(text, "</tspan> 2 stopped ")) << text;
    }
}

TEST_F(CommandConsole, CtrlCStopsARunAndAPipe)
{
    for (const Words &words : std::vector<Words>{RunHelper({"-k0"}, {"--ignore", "2", "--out", "ready", "--hang"}),
                                                 Pipe({"-k0"}, {{"--ignore", "2", "--out", "ready", "--hang"},
                                                                {"--ignore", "2", "--copy-some", "5", "--hang"}})}) {
        Fed command(words);
        EXPECT_EQ(command.Read(5), "ready");
        CtrlC();
        EXPECT_EQ(command.Wait(), 130u);
        EXPECT_EQ(command.ReadErr(), "subproc: " + words[0] + ": stopped by signal 2 (SIGINT)\n");
    }
}

TEST_F(CommandConsole, CtrlCIsHeardWhileInputIsWaitedFor)
{
    Fed command(Parallel({}, {"--out", "{}\n"}));
    command.Write("ready\n");
    EXPECT_EQ(command.Read(6), "ready\n");
    CtrlC();
    EXPECT_EQ(command.Wait(), 130u);
}

} // namespace
