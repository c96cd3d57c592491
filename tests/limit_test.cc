/* limit: what is kept of a long output, and that the child never waits for us. */
#include "support.h"

#include <memory>

using namespace test;

class Limit : public Behaviour
{
};

static subproc_options Limited(uint64_t bytes, subproc_keep keep)
{
    subproc_options options = Captured();
    options.limit.bytes = bytes;
    options.limit.keep = keep;
    return options;
}

static std::string Kept(const std::string &all, size_t limit, subproc_keep keep)
{
    if (all.size() <= limit)
        return all;
    size_t tail = keep == SUBPROC_KEEP_TAIL ? limit : keep == SUBPROC_KEEP_BOTH ? limit / 2 : 0;
    return all.substr(0, limit - tail) + all.substr(all.size() - tail);
}

static size_t Gap(size_t size, size_t limit, subproc_keep keep)
{
    if (size <= limit)
        return size;
    return keep == SUBPROC_KEEP_TAIL ? 0 : keep == SUBPROC_KEEP_BOTH ? limit - limit / 2 : limit;
}

TEST_F(Limit, KeepsWhatItSaysAtEveryBoundary)
{
    const std::string all = Pattern(200000);
    for (subproc_keep keep : {SUBPROC_KEEP_HEAD, SUBPROC_KEEP_TAIL, SUBPROC_KEEP_BOTH, SUBPROC_KEEP_ERROR}) {
        for (uint64_t limit : {0, 1, 2, 3, 4095, 4096, 65535, 65536, 65537, 131073, 199999, 200000, 200001}) {
            Ran ran(Helper({"--fill-out", "200000", "4099", "--err", "e"}), Limited(limit, keep));
            bool is_over = limit < 200000;
            EXPECT_EQ(keep == SUBPROC_KEEP_ERROR && is_over ? SUBPROC_E_OUTPUT_LIMIT : SUBPROC_OK, ran.code)
                << Told(ran.error);
            EXPECT_TRUE(SameBytes(Kept(all, limit, keep), ran.out())) << limit << " bytes, keep " << keep;
            EXPECT_EQ(200000u, ran.result.out.total);
            EXPECT_EQ(is_over, ran.result.out.truncated == 1);
            EXPECT_EQ(Gap(200000, limit, keep), ran.result.out.gap);
            EXPECT_EQ(Exited(0), ran.result.exit);
            EXPECT_EQ(SUBPROC_REASON_ENDED, ran.result.reason);
            ASSERT_NE(nullptr, ran.result.out.data);
            EXPECT_EQ('\0', ran.result.out.data[ran.result.out.size]);
            EXPECT_EQ(limit == 0, ran.result.err.truncated == 1);
        }
    }
}

TEST_F(Limit, WithoutOneEverythingIsKept)
{
    Ran ran(Helper({"--fill-out", "200000", "4099"}), Captured());
    EXPECT_EQ(200000u, ran.result.out.size);
    EXPECT_EQ(200000u, ran.result.out.gap);
    EXPECT_EQ(0, ran.result.out.truncated);
}

TEST_F(Limit, StopsAChildThatWritesTooMuch)
{
    subproc_options options = Limited(1000, SUBPROC_KEEP_STOP);
    options.stop.ask_wait = -1;
    Ran ran(Helper({"--out", std::string(1001, 'x'), "--hang"}), options);
    EXPECT_EQ(SUBPROC_E_OUTPUT_LIMIT, ran.code) << Told(ran.error);
    EXPECT_EQ(std::string(1000, 'x'), ran.out());
    EXPECT_EQ(SUBPROC_REASON_OUTPUT_LIMIT, ran.result.reason);
    EXPECT_EQ(SUBPROC_STOPPED_BY_KILL, ran.result.stop_step);
    EXPECT_EQ(Killed(), ran.result.exit);
    EXPECT_NE(std::string::npos,
              std::string(ran.error.message).find("wrote more to 'out' than the 1000 bytes that are allowed"))
        << ran.error.message;
}

TEST_F(Limit, ExactlyAsMuchAsAllowedIsNotTooMuch)
{
    Ran ran(Helper({"--out", std::string(1000, 'x')}), Limited(1000, SUBPROC_KEEP_STOP));
    EXPECT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
    EXPECT_EQ(0, ran.result.out.truncated);
}

TEST_F(Limit, TellsOfErrWhenThatIsTheOne)
{
    subproc_options options = Limited(10, SUBPROC_KEEP_ERROR);
    Ran ran(Helper({"--out", "short", "--err", "longer than ten bytes"}), options);
    EXPECT_EQ(SUBPROC_E_OUTPUT_LIMIT, ran.code);
    EXPECT_NE(std::string::npos, std::string(ran.error.message).find("'err'")) << ran.error.message;
    EXPECT_EQ("short", ran.out());
    EXPECT_EQ("longer tha", ran.err());
}

TEST_F(Limit, MuchCostsNoMoreThanTheLimit)
{
    const int64_t before = Heap();
    const char *size = Sanitized() || OnWine() || Slow() ? "268435456" : "2147483648";
    for (subproc_keep keep : {SUBPROC_KEEP_HEAD, SUBPROC_KEEP_TAIL, SUBPROC_KEEP_BOTH}) {
        Ran ran(Helper({"--fill-out", size, "65536"}), Limited(1 << 20, keep));
        ASSERT_EQ(SUBPROC_OK, ran.code) << Told(ran.error);
        EXPECT_EQ(std::stoull(size), ran.result.out.total);
        EXPECT_EQ(1u << 20, ran.result.out.size);
        if (before >= 0) {
            EXPECT_LT(Heap() - before, (1 << 20) + (64 << 10));
        }
    }
}

TEST_F(Limit, TextIsCutAtACharacter)
{
    struct {
        const char *encoding, *hex;
        uint64_t limit;
        subproc_keep keep;
        const char *text;
        size_t gap;
    } cases[] = {
        {"utf-8", "ea b0 80 eb 82 98 eb 8b a4", 4, SUBPROC_KEEP_HEAD, "가", 3},
        {"utf-8", "ea b0 80 eb 82 98 eb 8b a4", 4, SUBPROC_KEEP_TAIL, "다", 0},
        {"utf-8", "ea b0 80 eb 82 98 eb 8b a4", 8, SUBPROC_KEEP_BOTH, "가다", 3},
        {"utf-16le", "00ac 98b0 e4b2", 3, SUBPROC_KEEP_TAIL, "다", 0},
        {"utf-16le", "00ac 98b0 e4b2", 3, SUBPROC_KEEP_HEAD, "가", 3},
        {"cp949", "b0a1 b3aa b4d9", 3, SUBPROC_KEEP_HEAD, "가", 3},
        {"cp949", "b0a1 20 b3aa 20 b4d9", 4, SUBPROC_KEEP_TAIL, " 다", 0},
        {"auto:cp949", "b0a1 20 b3aa 20 b4d9", 4, SUBPROC_KEEP_TAIL, " 다", 0},
        {"cp949", "b0a1 20 b3aa 20 b4d9", 7, SUBPROC_KEEP_BOTH, "가  다", 4},
        {"iso-8859-1", "e9 e8 e7", 2, SUBPROC_KEEP_TAIL, "èç", 0},
        {"cp949", "b0a1 b3aa", 4, SUBPROC_KEEP_TAIL, "가나", 6},
    };
    for (const auto &one : cases) {
        subproc_options options = Limited(one.limit, one.keep);
        options.text.encoding = one.encoding;
        options.text.errors = SUBPROC_ERRORS_STRICT;
        std::string hex;
        for (const char *digit = one.hex; *digit; digit++)
            hex += *digit == ' ' ? "" : std::string(1, *digit);
        Ran ran(Helper({"--out-hex", hex}), options);
        EXPECT_EQ(SUBPROC_OK, ran.code) << one.encoding << ": " << Told(ran.error);
        EXPECT_EQ(one.text, ran.out()) << one.encoding << ' ' << one.hex << ", " << one.limit << ", " << one.keep;
        EXPECT_EQ(one.gap, ran.result.out.gap) << one.encoding << ' ' << one.hex;
    }
}

TEST_F(Limit, HoldsOverManyTimeouts)
{
    subproc_options options = Limited(1000, SUBPROC_KEEP_TAIL);
    Gate gate(&options);
    const std::string all = Pattern(3000);
    Child child(Helper({"--fill-out", "3000", "100", "--wait-for", gate.word(), "--fill-out", "3000", "100"}), options);
    while (child.result.out.total < 3000)
        ASSERT_EQ(SUBPROC_E_TIMEOUT, child.Communicate("", 20)) << Told(child.error);
    EXPECT_TRUE(SameBytes(all.substr(2000), child.out()));
    gate.Open();
    EXPECT_EQ(SUBPROC_OK, child.Communicate("")) << Told(child.error);
    EXPECT_TRUE(SameBytes(all.substr(2000), child.out()));
    EXPECT_EQ(6000u, child.result.out.total);
}

TEST_F(Limit, HoldsAtADeadlineInTheMiddle)
{
    for (subproc_keep keep : {SUBPROC_KEEP_HEAD, SUBPROC_KEEP_TAIL, SUBPROC_KEEP_BOTH, SUBPROC_KEEP_ERROR}) {
        subproc_options options = Limited(1000, keep);
        options.timeout = TimeToWrite();
        options.stop.ask_wait = -1;
        Ran ran(Helper({"--fill-out", "5000", "100", "--hang"}), options);
        EXPECT_EQ(SUBPROC_E_TIMEOUT, ran.code) << Told(ran.error);
        if (ran.result.out.total == 5000) { /* else the machine was too slow to get there */
            EXPECT_TRUE(SameBytes(Kept(Pattern(5000), 1000, keep), ran.out()));
            EXPECT_EQ(1, ran.result.out.truncated);
        }
    }
}

TEST_F(Limit, IsChecked)
{
    EXPECT_EQ(SUBPROC_E_INVALID, Ran(Helper({}), Limited(1, SUBPROC_KEEP_ALL)).code);
    EXPECT_EQ(SUBPROC_E_INVALID, Ran(Helper({}), Limited(1, (subproc_keep)6)).code);
    subproc_options options = Limited(1, SUBPROC_KEEP_HEAD);
    options.limit.reserved[0] = 1;
    EXPECT_EQ(SUBPROC_E_INVALID, Ran(Helper({}), options).code);
}
