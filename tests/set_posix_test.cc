// Wait sets where handles are descriptors.
#include "set_util.h"

#include <algorithm>
#include <map>

#include <fcntl.h>
#include <sys/resource.h>

using namespace test;

namespace
{

TEST_F(SetTest, AHandleThatNeverBlocksIsAlwaysReady)
{
    Handle file = OpenPath(NewFile("file", ""), 'r');
    Handle null_device = OpenPath("/dev/null", 'r');
    Handle folder = OpenPath(Folder(), 'r');
    std::vector<subproc_os_watch> watches = {WatchOf(file), WatchOf(file), WatchOf(null_device), WatchOf(folder)};
    Set set;
    Member child(Helper({"--out", "x", "--read-all"}));
    ASSERT_EQ(0, set.Add(child.output));
    ASSERT_TRUE(child.Waits(child.output));
    for (subproc_os_watch &watch : watches)
        ASSERT_EQ(0, set.Add(watch));
    std::map<subproc_os_watch *, int> told;
    for (int i = 0; i < 15; i++)
        told[set.Next(-1)]++;
    for (subproc_os_watch &watch : watches)
        EXPECT_EQ(3, told[&watch]);
    EXPECT_EQ(3, told[&child.output]);
    subproc_os_set_remove(&watches[1]);
    EXPECT_NE(&watches[1], set.Next(-1));
    subproc_os_set_wake(set);
    for (int i = 0; set.Next(-1) != nullptr; i++)
        ASSERT_LT(i, 8);
}

// A set that finds no descriptor free leaves none behind.
OWN_PROCESS(ScarceDescriptorsForASet)
{
    rlimit limit;
    subproc_os_set *set = nullptr;
    subproc_error error = {};
    ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &limit));
    const std::vector<std::string> before = Held();
    int code = SUBPROC_E_LIMIT;
    int tries = 0;
    for (rlim_t soft = 3; code == SUBPROC_E_LIMIT && tries < 100; soft++, tries++) {
        limit.rlim_cur = soft;
        ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
        code = subproc_os_set_open(&set, &error);
        limit.rlim_cur = 100;
        ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
        if (code != 0) {
            EXPECT_EQ("", Leaked(before, Held()));
        }
    }
    EXPECT_EQ(0, code) << error.native;
    EXPECT_GT(tries, 2);
    subproc_os_set_close(set);
}

TEST_F(SetTest, AFullTableIsTold)
{
    InOwnProcess("ScarceDescriptorsForASet");
}

// No child of the host's own gets what a set opens.
TEST_F(SetTest, IsClosedOnExec)
{
    const std::vector<std::string> before = Held();
    Set set;
    int opened = 0;
    for (const std::string &line : Held())
        if (std::find(before.begin(), before.end(), line) == before.end()) {
            EXPECT_EQ(FD_CLOEXEC, fcntl(std::stoi(line), F_GETFD) & FD_CLOEXEC) << line;
            opened++;
        }
    EXPECT_GE(opened, 2);
    EXPECT_LE(opened, 3);
}

} // namespace
