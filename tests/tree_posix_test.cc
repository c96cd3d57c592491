/* Trees on POSIX: process groups, terminals, sessions, statuses that someone else takes. */
#include "helper/stranger.h"
#include "support.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace test;

class TreePosix : public Behaviour
{
};

static subproc_options InTree(subproc_tree tree = SUBPROC_TREE_REQUIRED)
{
    subproc_options options = Captured();
    options.tree = tree;
    return options;
}

/* ---- groups ------------------------------------------------------------------------------------------------------ */

TEST_F(TreePosix, ATreeHasAProcessGroupOfItsOwnAndANewSessionServes)
{
    for (int new_session : {0, 1}) {
        subproc_options options = InTree();
        options.posix.new_session = new_session;
        Ran ran(Helper({"--identity"}), options);
        ASSERT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
        std::string id = NumberOf(ran.out(), "pid");
        EXPECT_EQ(id, NumberOf(ran.out(), "process_group"));
        EXPECT_EQ(new_session != 0, id == NumberOf(ran.out(), "session"));
    }
}

TEST_F(TreePosix, ATreeAndAGivenGroupExcludeEachOther)
{
    subproc_options options = InTree(SUBPROC_TREE_BEST_EFFORT);
    options.posix.set = SUBPROC_POSIX_PROCESS_GROUP;
    Ran ran(Helper({}), options);
    EXPECT_EQ(SUBPROC_E_INVALID, ran.code) << Told(ran.error);
    EXPECT_STREQ("tree", ran.error.step);
}

TEST_F(TreePosix, AStoppedGroupAnswersTheAsk)
{
    subproc_options options = InTree();
    options.stop.ask_wait = deadline;
    Child child(Helper({"--members", "2", "3", "--on-term", "44", "--out", "x", "--hang"}), options);
    ASSERT_EQ(SUBPROC_OK, child.code) << Told(child.error);
    EXPECT_TRUE(child.Says("xxxx"));
    EXPECT_EQ(SUBPROC_OK, subproc_signal(child, SIGSTOP, &child.error)) << Told(child.error);
    siginfo_t info{};
    EXPECT_EQ(0, waitid(P_PID, (id_t)subproc_id(child), &info, WSTOPPED | WNOWAIT));
    subproc_exit status;
    EXPECT_EQ(SUBPROC_OK, subproc_stop(child, nullptr, &status, &child.error)) << Told(child.error);
    EXPECT_EQ(Exited(44), status);
    EXPECT_EQ("", child.ReadAll());
}

TEST_F(TreePosix, AStoppedGroupIsKilled)
{
    Child child(Helper({"--members", "2", "3", "--out", "x", "--hang"}), InTree());
    ASSERT_EQ(SUBPROC_OK, child.code) << Told(child.error);
    EXPECT_TRUE(child.Says("xxxx"));
    EXPECT_EQ(SUBPROC_OK, subproc_signal(child, SIGSTOP, &child.error)) << Told(child.error);
    EXPECT_EQ(SUBPROC_OK, subproc_kill(child, &child.error)) << Told(child.error);
    EXPECT_EQ("", child.ReadAll());
    EXPECT_EQ(Killed(), child.End());
}

/* Out of reach, as the header says; the result tells of the pipe that it holds. */
TEST_F(TreePosix, AMemberThatLeftTheGroupGivesAnIncompleteResult)
{
    subproc_options options = InTree();
    Pipe pipe;
    options.err.kind = SUBPROC_STREAM_HANDLE;
    options.err.handle = pipe.write;
    options.timeout = 1500;
    options.stop.ask_wait = 50;
    Gate gate(&options);
    {
        Ran ran(
            Helper({"--grandchild", "7", "--new-session", "--out", "x", "--wait-for", gate.word(), "--err", "y", "--hang"}),
            options);
        EXPECT_EQ(SUBPROC_E_TIMEOUT, ran.code) << Told(ran.error);
        EXPECT_EQ(1, ran.result.incomplete);
        EXPECT_EQ("x", ran.out());
        EXPECT_EQ(SUBPROC_STOPPED_BY_KILL, ran.result.stop_step);
    }
    pipe.write.Close();
    gate.Open();
    EXPECT_EQ("y", pipe.read.ReadAll());
}

TEST_F(TreePosix, TheLeaderStaysAZombieUntilItIsFreed)
{
    Child child(Helper({"--exit", "3"}), InTree());
    EXPECT_EQ(Exited(3), child.End());
    EXPECT_EQ(Exited(3), child.End());
    EXPECT_EQ(1, Zombies());
    child.Free();
    EXPECT_EQ(0, Zombies());
}

TEST_F(TreePosix, AFreedTreeIsCollectedLater)
{
    subproc_options options = InTree();
    options.in.kind = SUBPROC_STREAM_PIPE;
    Child child(Helper({"--out", "x", "--read-all"}), options);
    EXPECT_TRUE(child.Says("x"));
    subproc_free(child.Release()); /* closes its stdin too */
    EXPECT_TRUE(Eventually([] {
        Ran later(Helper({}));
        return Uncollected() == 0;
    }));
}

/* ---- collected by someone else ------------------------------------------------------------------------------------ */

static void Steal(subproc *child)
{
    int status;
    EXPECT_EQ(subproc_id(child), waitpid((pid_t)subproc_id(child), &status, 0));
}

/* By a pidfd, where the kernel knows how, or not at all: the number may be anyone's. */
TEST_F(TreePosix, ATreeWhoseLeaderSomeoneCollectedIsReachedByPidfdOrNotAtAll)
{
    for (bool seen : {false, true}) {
        subproc_options options = InTree();
        Gate gate(&options);
        Child child(Helper({"--grandchild", "5", "--out", "x", "--wait-for", gate.word(), "--hang", "--exit", "3"}),
                    options);
        ASSERT_EQ(SUBPROC_OK, child.code) << Told(child.error);
        EXPECT_TRUE(child.Says("x"));
        if (seen) {
            EXPECT_EQ(Exited(3), child.End());
        }
        Steal(child);
        int code = subproc_kill(child, &child.error);
        EXPECT_TRUE(code == SUBPROC_OK || code == SUBPROC_E_LOST) << Told(child.error);
        if (code == SUBPROC_E_LOST) {
            EXPECT_EQ(SUBPROC_E_LOST, subproc_stop(child, nullptr, nullptr, &child.error)) << Told(child.error);
            kill(-(pid_t)subproc_id(child), SIGKILL); /* nobody has taken the number: its group lives */
        }
        EXPECT_EQ("", child.ReadAll());
        subproc_exit status;
        EXPECT_EQ(seen ? SUBPROC_OK : SUBPROC_E_LOST, subproc_poll(child, &status, nullptr));
    }
}

TEST_F(TreePosix, AStrangerWhoHasTheNumberNowIsNotHit)
{
    Child child(Helper({"--exit", "3"}), InTree());
    EXPECT_EQ(Exited(3), child.End());
    Steal(child);
    Stranger stranger(subproc_id(child));
    if (!stranger.exists())
        GTEST_SKIP() << "only root on Linux chooses a process's number";
    for (auto stop : {subproc_terminate, subproc_kill}) {
        int code = stop(child, &child.error);
        EXPECT_TRUE(code == SUBPROC_OK || code == SUBPROC_E_LOST) << Told(child.error);
    }
    subproc_exit status;
    int code = subproc_stop(child, nullptr, &status, &child.error);
    EXPECT_TRUE(code == SUBPROC_OK || code == SUBPROC_E_LOST) << Told(child.error);
    EXPECT_EQ(Exited(3), status);
    EXPECT_EQ(SIGUSR1, stranger.FirstSignal(SIGUSR1));
}

OWN_PROCESS(TreeWithIgnoredSigchld)
{
    signal(SIGCHLD, SIG_IGN);
    Child child(Helper({"--members", "3", "2", "--out", "x", "--hang"}), InTree());
    ASSERT_EQ(SUBPROC_OK, child.code) << Told(child.error);
    EXPECT_TRUE(child.Says("xxxxxxx"));
    EXPECT_EQ(SUBPROC_OK, subproc_kill(child, &child.error)) << Told(child.error);
    EXPECT_EQ("", child.ReadAll());
    EXPECT_EQ(SUBPROC_E_LOST, child.Wait());
}

TEST_F(TreePosix, ALivingTreeIsKilledWhereTheHostIgnoresSigchld)
{
    InOwnProcess("TreeWithIgnoredSigchld");
}

/* ---- terminals ---------------------------------------------------------------------------------------------------- */

static Handle Master()
{
    Handle master(posix_openpt(O_RDWR | O_NOCTTY));
    fcntl((int)(subproc_handle)master, F_SETFD, FD_CLOEXEC);
    EXPECT_EQ(0, grantpt((int)(subproc_handle)master));
    EXPECT_EQ(0, unlockpt((int)(subproc_handle)master));
    return master;
}

static Handle Slave(const Handle &master)
{
    return Handle(open(ptsname((int)(subproc_handle)master), O_RDWR | O_NOCTTY | O_CLOEXEC));
}

static subproc_options On(const Handle &terminal, subproc_tree tree)
{
    subproc_options options = Captured();
    options.in.kind = SUBPROC_STREAM_HANDLE;
    options.in.handle = terminal;
    options.tree = tree;
    return options;
}

OWN_PROCESS(TreeOnOurTerminal)
{
    ASSERT_GE(setsid(), 0);
    signal(SIGHUP, SIG_IGN); /* which comes when `master` is closed */
    Handle master = Master(), terminal = Slave(master), other_master = Master(), other = Slave(other_master);
    ASSERT_EQ(0, ioctl((int)(subproc_handle)terminal, TIOCSCTTY, 0));
    {
        Child child(Helper({"--out", "x", "--read", "6", "--exit", "3"}), On(terminal, SUBPROC_TREE_BEST_EFFORT));
        EXPECT_EQ(SUBPROC_OK, child.code) << Told(child.error);
        EXPECT_EQ(1, subproc_tree_missing(child));
        EXPECT_TRUE(child.Says("x"));
        EXPECT_TRUE(master.Write("typed\n"));
        EXPECT_EQ(SUBPROC_OK, child.Communicate("")) << Told(child.error);
        EXPECT_EQ(Exited(3), child.result.exit);
        EXPECT_EQ(1, child.result.tree_missing);
    }
    {
        Ran refused(Helper({}), On(terminal, SUBPROC_TREE_REQUIRED));
        EXPECT_EQ(SUBPROC_E_UNSUPPORTED, refused.code) << Told(refused.error);
        EXPECT_STREQ("tree", refused.error.step);
        EXPECT_NE(nullptr, strstr(refused.error.message, "terminal")) << refused.error.message;
    }
    {
        subproc_options options = On(terminal, SUBPROC_TREE_REQUIRED);
        options.posix.new_session = 1;
        Child child(Helper({"--out", "x", "--read", "6", "--exit", "3"}), options);
        EXPECT_TRUE(child.Says("x"));
        EXPECT_TRUE(master.Write("typed\n"));
        EXPECT_EQ(Exited(3), child.End());
        EXPECT_EQ(0, subproc_tree_missing(child));
    }
    {
        Child child(Helper({"--out", "x", "--read", "6", "--exit", "3"}), On(other, SUBPROC_TREE_REQUIRED));
        EXPECT_TRUE(child.Says("x"));
        EXPECT_TRUE(other_master.Write("typed\n"));
        EXPECT_EQ(Exited(3), child.End());
        EXPECT_EQ(0, subproc_tree_missing(child));
    }
}

TEST_F(TreePosix, ThereIsNoGroupWhereItCouldNotReadOurTerminal)
{
    if (Emulated())
        GTEST_SKIP() << "qemu-user answers TIOCGSID with a number that is no session's";
    InOwnProcess("TreeOnOurTerminal");
}

OWN_PROCESS(TreeWithoutProcessGroups)
{
    ASSERT_TRUE(Forbid("setpgid", EPERM));
    {
        Ran ran(Helper({"--identity"}), InTree(SUBPROC_TREE_BEST_EFFORT));
        EXPECT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
        EXPECT_EQ(1, ran.result.tree_missing);
        EXPECT_EQ(std::to_string(getpgrp()), NumberOf(ran.out(), "process_group"));
    }
    Ran refused(Helper({}), InTree());
    EXPECT_EQ(SUBPROC_E_UNSUPPORTED, refused.code) << Told(refused.error);
    EXPECT_STREQ("tree", refused.error.step);
}

TEST_F(TreePosix, ASandboxThatForbidsGroupsIsADowngrade)
{
    if (!OnLinux() || Emulated())
        GTEST_SKIP() << "its sandbox is Linux's";
    InOwnProcess("TreeWithoutProcessGroups");
}
