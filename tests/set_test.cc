// Wait sets, over the seam itself.
#include "set_util.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <thread>

using namespace test;

namespace
{

TEST_F(SetTest, TellsOfAnEnd)
{
    Set set;
    Member child(Helper({"--read-all", "--exit", "7"}));
    ASSERT_EQ(0, set.Add(child.end));
    EXPECT_TRUE(set.IsQuiet());
    child.CloseInput();
    ASSERT_EQ(&child.end, set.Next());
    EXPECT_EQ(Exited(7), child.Status());
    EXPECT_EQ(&child.end, set.Next(-1)) << "it has ended still";
}

TEST_F(SetTest, TellsOfAnEndBeforeItWasAdded)
{
    Set set;
    Member child(Helper({"--exit", "7"}));
    ASSERT_TRUE(child.Waits(child.end));
    ASSERT_EQ(0, set.Add(child.end));
    EXPECT_EQ(&child.end, set.Next(-1));
    subproc_os_set_remove(&child.end);
    EXPECT_EQ(Exited(7), child.Status());
    ASSERT_EQ(0, set.Add(child.end)) << "collected";
    EXPECT_EQ(&child.end, set.Next(-1));
}

TEST_F(SetTest, TellsOfOutputUntilItIsTaken)
{
    Set set;
    Member child(Helper({"--out", "abc", "--read-all"}));
    ASSERT_EQ(0, set.Add(child.output));
    for (int i = 0; i < 3; i++) {
        ASSERT_EQ(&child.output, set.Next());
        ASSERT_EQ(&child.output, set.Next(-1)) << "after byte " << i;
        ASSERT_EQ(0, child.Read(1));
    }
    EXPECT_EQ("abc", child.said);
    EXPECT_TRUE(set.IsQuiet());
    EXPECT_EQ(SUBPROC_E_AGAIN, child.Read(1));
    EXPECT_TRUE(set.IsQuiet());
    child.CloseInput();
    ASSERT_EQ(&child.output, set.Next());
    ASSERT_EQ(0, child.Read(1));
    EXPECT_TRUE(child.at_end);
    EXPECT_EQ(&child.output, set.Next(-1)) << "it is at its end still";
}

TEST_F(SetTest, TellsOfRoomForInput)
{
    subproc_options options = {};
    Gate gate(&options);
    Set set;
    Member child(Helper({"--wait-for", gate.word(), "--count"}), kIn | kOut, options);
    size_t put;
    ASSERT_EQ(0, set.Add(child.input));
    ASSERT_EQ(&child.input, set.Next(-1));
    const size_t accepted = child.Fill();
    EXPECT_TRUE(set.IsQuiet());
    gate.Open();
    ASSERT_EQ(&child.input, set.Next());
    EXPECT_EQ(0, child.Write("x", &put));
    child.CloseInput();
    ASSERT_EQ(0, set.Add(child.end));
    ASSERT_EQ(&child.end, set.Next());
    ASSERT_EQ(0, child.Read(100));
    EXPECT_EQ(std::to_string(accepted + put), NumberOf(child.said, "count"));
}

TEST_F(SetTest, TellsThatNobodyReadsInput)
{
    subproc_options options = {};
    Gate gate(&options);
    Set set;
    Member child(Helper({"--wait-for", gate.word()}), kIn | kOut, options);
    size_t put;
    ASSERT_EQ(0, set.Add(child.input));
    child.Fill();
    EXPECT_TRUE(set.IsQuiet());
    gate.Open();
    ASSERT_EQ(&child.input, set.Next());
    EXPECT_EQ(SUBPROC_E_CLOSED, child.Write("x", &put));
}

TEST_F(SetTest, DoesNotTellOfWhatWasRemoved)
{
    Set set;
    Member first(Helper({"--out", "x"}));
    Member second(Helper({"--out", "x"}));
    for (Member *child : {&first, &second}) {
        ASSERT_TRUE(child->Waits(child->end));
        ASSERT_EQ(0, set.Add(child->end));
        ASSERT_EQ(0, set.Add(child->output));
    }
    subproc_os_watch *told = set.Next();
    ASSERT_NE(nullptr, told);
    Member *other = told->owner == &first ? &second : &first;
    other->Free(); /* the system may have told of it together with the first */
    for (int i = 0; i < 6; i++)
        EXPECT_NE(other, set.Next(-1)->owner);
    subproc_os_set_remove(&first.end);
    subproc_os_set_remove(&second.end);
    subproc_os_set_remove(&first.output);
    subproc_os_set_remove(&second.output);
    EXPECT_TRUE(set.IsQuiet());
}

TEST_F(SetTest, ForgetsAnEventThatTheSystemHoldsReady)
{
    Set set;
    {
        Member child(Helper({"--read-all", "--out", "x"}));
        ASSERT_EQ(0, set.Add(child.end));
        ASSERT_EQ(0, set.Add(child.output));
        EXPECT_TRUE(set.IsQuiet());
        child.CloseInput();
        ASSERT_TRUE(child.Waits(child.end));
    }
    EXPECT_TRUE(set.IsQuiet());
}

TEST_F(SetTest, RemovingTwiceDoesNothing)
{
    Set set;
    Member child(Helper({"--out", "x"}));
    subproc_os_set_remove(&child.output); /* never added */
    ASSERT_EQ(0, set.Add(child.output));
    subproc_os_set_remove(&child.output);
    subproc_os_set_remove(&child.output);
    ASSERT_TRUE(child.Waits(child.output));
    EXPECT_TRUE(set.IsQuiet());
    ASSERT_EQ(0, set.Add(child.output));
    EXPECT_EQ(&child.output, set.Next());
}

TEST_F(SetTest, GivesEachItsTurn)
{
    std::vector<std::unique_ptr<Member>> children;
    std::map<void *, int> told;
    Set set;
    for (int i = 0; i < 5; i++) {
        children.push_back(std::make_unique<Member>(Helper({"--out", "abc", "--read-all"})));
        ASSERT_TRUE(children.back()->Waits(children.back()->output));
        ASSERT_EQ(0, set.Add(children.back()->output));
    }
    for (int i = 0; i < 20; i++)
        told[set.Next()->owner]++;
    for (const auto &child : children)
        EXPECT_EQ(4, told[child.get()]);
}

TEST_F(SetTest, AFloodHidesNothing)
{
    Set set;
    Member flood(Helper({"--fill-out", "1000000000", "65536"}));
    ASSERT_EQ(0, set.Add(flood.output));
    Member child(Helper({"--read-all", "--exit", "3"}));
    ASSERT_EQ(0, set.Add(child.end));
    child.CloseInput();
    size_t read = 0;
    for (;; read++) {
        subproc_os_watch *ready = set.Next();
        ASSERT_NE(nullptr, ready);
        if (ready == &child.end)
            break;
        const int code = flood.Read(65536);
        ASSERT_TRUE(code == 0 || code == SUBPROC_E_AGAIN);
        ASSERT_FALSE(flood.at_end) << "the end came last";
    }
}

TEST_F(SetTest, ComesBackAtTheDeadline)
{
    Set set;
    Member child(Helper({"--read-all"}));
    ASSERT_EQ(0, set.Add(child.end));
    ASSERT_EQ(0, set.Add(child.output));
    const int64_t until = In(50);
    subproc_os_watch *ready = nullptr;
    EXPECT_EQ(SUBPROC_E_TIMEOUT, subproc_os_set_wait(set, &ready, until, &set.error));
    EXPECT_GE(subproc_os_now(), until);
    EXPECT_EQ(nullptr, ready);
}

TEST_F(SetTest, WaitsForNothing)
{
    Set set;
    EXPECT_TRUE(set.IsQuiet());
    EXPECT_EQ(nullptr, set.Next(5));
    EXPECT_EQ(SUBPROC_E_TIMEOUT, set.code);
}

TEST_F(SetTest, CanBeWoken)
{
    Set set;
    subproc_os_set_wake(set);
    subproc_os_set_wake(set);
    EXPECT_EQ(nullptr, set.Next());
    EXPECT_EQ(0, set.code);
    EXPECT_TRUE(set.IsQuiet());
}

TEST_F(SetTest, CanBeWokenByAnyThread)
{
    Set set;
    Member child(Helper({"--read-all"}));
    ASSERT_EQ(0, set.Add(child.output));
    const int rounds = Rounds(2000);
    std::atomic<int> asked{0}, answered{0};
    std::thread other([&] {
        for (int i = 0; i < rounds; i++) {
            asked = i + 1;
            subproc_os_set_wake(set);
            while (i % 2 == 0 && answered <= i) /* every other one while nobody waits, perhaps */
                std::this_thread::yield();
        }
    });
    bool good = true;
    while (good && answered < rounds) {
        good = set.Next() == nullptr && set.code == 0;
        answered = asked.load();
    }
    EXPECT_TRUE(good);
    answered = rounds;
    other.join();
    (void)set.Next(-1); /* the last one may be answered already, or not */
    EXPECT_TRUE(set.IsQuiet());
}

TEST_F(SetTest, WakesWhileEventsCome)
{
    Set set;
    Member child(Helper({"--out", "x", "--read-all"}));
    ASSERT_EQ(0, set.Add(child.output));
    ASSERT_EQ(&child.output, set.Next());
    subproc_os_set_wake(set);
    int events = 0;
    while (set.Next() != nullptr)
        ASSERT_LE(++events, 2);
    EXPECT_EQ(0, set.code);
}

TEST_F(SetTest, TellsOfAHandle)
{
    Trigger trigger;
    subproc_os_watch watch = WatchOf(*trigger.get());
    Set set;
    ASSERT_EQ(0, set.Add(watch));
    EXPECT_TRUE(set.IsQuiet());
    std::thread other([&] { trigger.Fire(); });
    EXPECT_EQ(&watch, set.Next());
    other.join();
    EXPECT_EQ(&watch, set.Next(-1)) << "it is signalled still";
    subproc_os_set_remove(&watch);
    EXPECT_TRUE(set.IsQuiet());
    ASSERT_EQ(0, set.Add(watch)) << "signalled already";
    EXPECT_EQ(&watch, set.Next(-1));
}

TEST_F(SetTest, ManyWatchesMayShareAHandle)
{
    constexpr size_t count = 200;
    Trigger trigger;
    std::vector<subproc_os_watch> watches(count, WatchOf(*trigger.get()));
    Set set;
    for (subproc_os_watch &watch : watches)
        ASSERT_EQ(0, set.Add(watch));
    EXPECT_TRUE(set.IsQuiet());
    for (size_t i = 0; i < count; i += 2)
        subproc_os_set_remove(&watches[i]);
    trigger.Fire();
    for (size_t i = 1; i < count; i += 2) {
        subproc_os_watch *ready = set.Next();
        ASSERT_NE(nullptr, ready);
        ASSERT_EQ(1, (ready - watches.data()) % 2);
        subproc_os_set_remove(ready);
    }
    EXPECT_TRUE(set.IsQuiet());
}

TEST_F(SetTest, AHandleMayBeAChildsOwn)
{
    Set set;
    Member child(Helper({"--read-all"}));
    subproc_handle handle;
    ASSERT_EQ(0, subproc_os_child_exit_handle(child.child, &handle, &child.error));
    subproc_os_watch watch = WatchOf(handle);
    ASSERT_EQ(0, set.Add(child.end));
    ASSERT_EQ(0, set.Add(watch));
    child.CloseInput();
    subproc_os_watch *first = set.Next();
    ASSERT_TRUE(first == &watch || first == &child.end);
    subproc_os_set_remove(first);
    EXPECT_EQ(first == &watch ? &child.end : &watch, set.Next());
    subproc_os_set_remove(&watch);
}

TEST_F(SetTest, RefusesAHandleThatIsNotOpen)
{
    Set set;
    subproc_handle number;
    {
        Pipe pipe;
        number = pipe.read;
    }
    subproc_os_watch watch = WatchOf(number);
    EXPECT_EQ(SUBPROC_E_INVALID, set.Add(watch));
    EXPECT_NE(0, set.error.native);
    EXPECT_EQ(nullptr, watch.links.set);
    subproc_os_set_remove(&watch);
    EXPECT_TRUE(set.IsQuiet());
}

/* ---- what was accepted before a close ---------------------------------------------------------------------------- */

TEST_F(SetTest, TheLastWriteOfAClosedPipeArrives)
{
    subproc_options options = {};
    Gate gate(&options);
    Set set;
    Member child(Helper({"--wait-for", gate.word(), "--count"}), kIn | kOut, options);
    ASSERT_EQ(0, set.Add(child.end));
    ASSERT_EQ(0, set.Add(child.input));
    const size_t accepted = child.Fill();
    EXPECT_TRUE(set.IsQuiet());
    child.CloseInput();
    EXPECT_TRUE(set.IsQuiet());
    gate.Open();
    ASSERT_EQ(&child.end, set.Next()) << "it waits for the end of its input";
    ASSERT_EQ(0, child.Read(100));
    EXPECT_EQ(std::to_string(accepted), NumberOf(child.said, "count"));
}

TEST_F(SetTest, TheLastWriteOfAPipeThatWasClosedBeforeArrives)
{
    subproc_options options = {};
    Gate gate(&options);
    Set set;
    Member child(Helper({"--wait-for", gate.word(), "--count"}), kIn | kOut, options);
    const size_t accepted = child.Fill();
    child.CloseInput();
    ASSERT_EQ(0, set.Add(child.end));
    EXPECT_TRUE(set.IsQuiet());
    gate.Open();
    ASSERT_EQ(&child.end, set.Next());
    ASSERT_EQ(0, child.Read(100));
    EXPECT_EQ(std::to_string(accepted), NumberOf(child.said, "count"));
}

/* ---- in and out of sets -------------------------------------------------------------------------------------------- */

TEST_F(SetTest, TakesWhatWasWaitedForBefore)
{
    subproc_options options = {};
    Gate gate(&options);
    Set set;
    Member child(Helper({"--wait-for", gate.word(), "--out", "x", "--count"}), kIn | kOut, options);
    EXPECT_FALSE(child.Waits(child.output, -1));
    EXPECT_FALSE(child.Waits(child.end, -1));
    const size_t accepted = child.Fill();
    EXPECT_FALSE(child.Waits(child.input, -1));
    ASSERT_EQ(0, set.Add(child.output));
    ASSERT_EQ(0, set.Add(child.input));
    EXPECT_TRUE(set.IsQuiet());
    gate.Open();
    for (subproc_os_watch *ready = nullptr; ready != &child.input; ready = set.Next())
        ASSERT_TRUE(ready == nullptr || ready == &child.output);
    ASSERT_TRUE(child.Waits(child.output));
    child.CloseInput();
    while (!child.at_end) {
        ASSERT_EQ(&child.output, set.Next());
        ASSERT_LE(child.Read(100), 0);
    }
    EXPECT_EQ("xcount=" + std::to_string(accepted), child.said.substr(0, child.said.find_last_not_of("\r\n") + 1));
}

TEST_F(SetTest, LeavesWhatItWatchedAsItWas)
{
    subproc_options options = {};
    Gate gate(&options);
    Member child(Helper({"--wait-for", gate.word(), "--out", "x", "--count"}), kIn | kOut, options);
    {
        Set set;
        ASSERT_EQ(0, set.Add(child.output));
        ASSERT_EQ(0, set.Add(child.input));
        ASSERT_EQ(0, set.Add(child.end));
        child.Fill();
        EXPECT_TRUE(set.IsQuiet());
        subproc_os_set_remove(&child.output);
    } /* closed with two watches in it */
    EXPECT_EQ(nullptr, child.input.links.set);
    EXPECT_FALSE(child.Waits(child.output, -1));
    EXPECT_FALSE(child.Waits(child.input, -1));
    gate.Open();
    EXPECT_TRUE(child.Waits(child.output));
    EXPECT_TRUE(child.Waits(child.input));
    child.CloseInput();
    while (!child.at_end) {
        ASSERT_TRUE(child.Waits(child.output));
        ASSERT_EQ(0, child.Read(1));
    }
    EXPECT_TRUE(child.Waits(child.end));
}

TEST_F(SetTest, MovesFromOneSetToAnother)
{
    subproc_options options = {};
    Gate gate(&options);
    Member child(Helper({"--wait-for", gate.word(), "--count", "--exit", "4"}), kIn | kOut, options);
    auto first = std::make_unique<Set>();
    Set second;
    for (subproc_os_watch *watch : {&child.output, &child.input, &child.end})
        ASSERT_EQ(0, first->Add(*watch));
    child.Fill();
    EXPECT_TRUE(first->IsQuiet());
    for (subproc_os_watch *watch : {&child.output, &child.input})
        subproc_os_set_remove(watch);
    first = nullptr;
    Set third; /* may stand where the first was */
    for (subproc_os_watch *watch : {&child.output, &child.input, &child.end})
        ASSERT_EQ(0, third.Add(*watch));
    EXPECT_TRUE(third.IsQuiet());
    gate.Open();
    ASSERT_EQ(&child.input, third.Next());
    subproc_os_set_remove(&child.input);
    ASSERT_EQ(0, second.Add(child.input));
    ASSERT_EQ(&child.input, second.Next());
    child.Fill();
    child.CloseInput();
    int code = 0;
    while (!child.at_end && code == 0) {
        subproc_os_watch *ready = third.Next();
        ASSERT_NE(nullptr, ready);
        if (ready == &child.end)
            subproc_os_set_remove(ready);
        else
            code = child.Read(100);
    }
    EXPECT_EQ(0, code);
    EXPECT_NE("", NumberOf(child.said, "count"));
    ASSERT_TRUE(child.Waits(child.end));
    EXPECT_EQ(Exited(4), child.Status());
}

TEST_F(SetTest, StaysAboveTheStandardStreams)
{
    OwnStreams none(SUBPROC_NO_HANDLE, OwnStreams::keep, OwnStreams::keep);
    Set set;
    EXPECT_EQ(SUBPROC_NO_HANDLE, subproc_os_standard(SUBPROC_IN));
}

TEST_F(SetTest, ClosingNoneDoesNothing)
{
    subproc_os_set_close(nullptr);
}

/* ---- crowds -------------------------------------------------------------------------------------------------------- */

// Reads all output and waits for all ends.
void Collect(Set &set, size_t children)
{
    size_t left = children * 2;
    while (left > 0) {
        subproc_os_watch *ready = set.Next();
        ASSERT_NE(nullptr, ready) << set.code << " with " << left << " to come";
        auto *child = static_cast<Member *>(ready->owner);
        if (ready == &child->output) {
            const int code = child->Read(1000);
            ASSERT_TRUE(code == 0 || code == SUBPROC_E_AGAIN);
        }
        if (ready == &child->end || child->at_end) {
            subproc_os_set_remove(ready);
            left--;
        }
    }
}

TEST_F(SetTest, ServesACrowd)
{
    const size_t count = OnWindows() ? 300 : 2000;
    Pipe start; /* the one input of all of them */
    Set set;
    std::vector<std::unique_ptr<Member>> children;
    for (size_t i = 0; i < count; i++) {
        const std::string number = std::to_string(i);
        MoreTime();
        children.push_back(
            std::make_unique<Member>(Helper({"--read-all", "--out", number, "--exit", std::to_string(i % 200)}), kOut,
                                     subproc_options{}, start.read));
        ASSERT_EQ(0, set.Add(children.back()->output)) << i << ": " << set.error.native;
        ASSERT_EQ(0, set.Add(children.back()->end)) << i << ": " << set.error.native;
    }
    EXPECT_TRUE(set.IsQuiet());
    start.write.Close();
    Collect(set, count);
    for (size_t i = 0; i < count; i++) {
        EXPECT_EQ(std::to_string(i), children[i]->said);
        EXPECT_EQ(Exited(static_cast<uint32_t>(i % 200)), children[i]->Status());
    }
}

TEST_F(SetTest, ServesManyBlockedWriters)
{
    constexpr size_t size = 300000;
    constexpr size_t count = 40;
    const std::string bytes = Pattern(size);
    subproc_options options = {};
    Gate gate(&options);
    Set set;
    std::vector<std::unique_ptr<Member>> children;
    std::map<Member *, size_t> done;
    for (size_t i = 0; i < count; i++) {
        children.push_back(std::make_unique<Member>(Helper({"--wait-for", gate.word(), "--count"}), kIn | kOut, options));
        Member &child = *children.back();
        for (subproc_os_watch *watch : {&child.input, &child.output, &child.end})
            ASSERT_EQ(0, set.Add(*watch));
        size_t put = 0;
        for (size_t all = 0; child.Write(std::string_view(bytes).substr(all), &put) == 0; all = done[&child])
            done[&child] += put;
    }
    EXPECT_TRUE(set.IsQuiet());
    gate.Open();
    size_t left = count * 2;
    while (left > 0) {
        subproc_os_watch *ready = set.Next();
        ASSERT_NE(nullptr, ready) << set.code;
        auto *child = static_cast<Member *>(ready->owner);
        size_t put = 0;
        if (ready == &child->input) {
            const int code = child->Write(std::string_view(bytes).substr(done[child]), &put);
            ASSERT_TRUE(code == 0 || code == SUBPROC_E_AGAIN);
            if ((done[child] += put) == size)
                child->CloseInput(); /* on Windows with the last piece on its way */
        }
        if (ready == &child->output) {
            ASSERT_LE(child->Read(1000), 0);
        }
        if (ready == &child->end || child->at_end) {
            subproc_os_set_remove(ready);
            left -= ready == &child->input ? 0 : 1;
        }
    }
    for (const auto &child : children)
        EXPECT_EQ(std::to_string(size), NumberOf(child->said, "count"));
}

// Watches come and go at random while data flows; each byte arrives, and nothing that was removed is told.
TEST_F(SetTest, LosesNothingWhenWatchesComeAndGo)
{
    constexpr size_t size = 150000;
    std::mt19937 random(20240501);
    Set set;
    std::vector<std::unique_ptr<Member>> children;
    for (int i = 0; i < 20; i++) {
        children.push_back(std::make_unique<Member>(Helper({"--fill-out", std::to_string(size), "5000"}), kOut));
        ASSERT_EQ(0, set.Add(children.back()->output));
    }
    size_t left = children.size();
    while (left > 0) {
        subproc_os_watch *ready = set.Next();
        ASSERT_NE(nullptr, ready) << set.code;
        ASSERT_NE(nullptr, ready->links.set);
        auto *child = static_cast<Member *>(ready->owner);
        const int code = child->Read(1 + random() % 9000);
        ASSERT_TRUE(code == 0 || code == SUBPROC_E_AGAIN);
        if (child->at_end) {
            child->CloseOutput();
            left--;
        }
        Member &other = *children[random() % children.size()];
        if (other.from != nullptr) {
            subproc_os_set_remove(&other.output);
            if (random() % 2 == 0) { /* out for a while, by the single way */
                (void)other.Waits(other.output, -1);
                (void)other.Read(random() % 100 + 1);
            }
            if (other.at_end) {
                other.CloseOutput();
                left--;
            } else {
                ASSERT_EQ(0, set.Add(other.output));
            }
        }
    }
    const std::string all = Pattern(size);
    for (const auto &child : children)
        EXPECT_TRUE(SameBytes(all, child->said));
}

} // namespace
