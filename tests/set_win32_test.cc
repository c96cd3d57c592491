// Wait sets where handles are kernel objects.
#include "set_util.h"

#include <vector>
#include <windows.h>

using namespace test;

namespace
{

Handle NewEvent(bool manual_reset)
{
    return Handle((subproc_handle)CreateEventW(nullptr, manual_reset, FALSE, nullptr));
}

HANDLE Native(const Handle &handle)
{
    return (HANDLE)(subproc_handle)handle;
}

// A wait resets it, so each signal is told once, whoever saw it first.
TEST_F(SetTest, TellsOfAnAutoResetEventOnceForEachSignal)
{
    Handle event = NewEvent(false);
    subproc_os_watch watch = WatchOf(event);
    Set set;
    ASSERT_TRUE(SetEvent(Native(event)));
    ASSERT_EQ(0, set.Add(watch));
    EXPECT_EQ(&watch, set.Next(-1));
    EXPECT_TRUE(set.IsQuiet());
    for (int i = 0; i < 50; i++) {
        ASSERT_TRUE(SetEvent(Native(event)));
        ASSERT_EQ(&watch, set.Next());
        ASSERT_TRUE(set.IsQuiet());
    }
}

// More than one wait of the system can hold.
TEST_F(SetTest, HasNoLimitOf64)
{
    constexpr size_t count = 500;
    std::vector<Handle> events;
    std::vector<subproc_os_watch> watches;
    for (size_t i = 0; i < count; i++) {
        events.push_back(NewEvent(true));
        watches.push_back(WatchOf(events.back()));
    }
    Set set;
    for (subproc_os_watch &watch : watches)
        ASSERT_EQ(0, set.Add(watch));
    EXPECT_TRUE(set.IsQuiet());
    for (size_t i = 0; i < count; i += 7)
        ASSERT_TRUE(SetEvent(Native(events[i])));
    for (size_t i = 0; i < count; i += 7) {
        subproc_os_watch *ready = set.Next();
        ASSERT_NE(nullptr, ready);
        EXPECT_EQ(0, (ready - watches.data()) % 7);
        subproc_os_set_remove(ready);
    }
    EXPECT_TRUE(set.IsQuiet());
}

// A packet of a pipe that is gone may come when another one stands at its address.
TEST_F(SetTest, LatePacketsAreNothing)
{
    Set set;
    for (int i = 0; i < 30; i++) {
        Member child(Helper({"--out", "x", "--read-all"}));
        ASSERT_EQ(0, set.Add(child.output));
        ASSERT_EQ(0, set.Add(child.end));
        if (i % 3 == 0) {
            ASSERT_EQ(&child.output, set.Next());
        } else if (i % 3 == 1) {
            ASSERT_TRUE(child.Waits(child.output)); /* its packet is never taken */
        } else {
            (void)set.IsQuiet();
        }
    }
    EXPECT_TRUE(set.IsQuiet());
}

} // namespace
