// The progress line of `subproc parallel`, its rate and its words, over a clock and a terminal of the test's own.
#include <gtest/gtest.h>

#include <cmath>

#include "fake_terminal.h"
#include "screen.h"

extern "C" {
#include "progress.h"
#include "span.h"
#include "subproc/subproc.h"
}

namespace
{

std::string Span(int64_t nanoseconds)
{
    char text[CLI_SPAN_SIZE];
    cli_span(nanoseconds, text);
    return text;
}

std::string Seconds(double seconds)
{
    char text[CLI_SPAN_SIZE];
    cli_span_seconds(seconds, text);
    return text;
}

TEST(Span, HasThreeDigitsOrTwoUnits)
{
    const int64_t ms = 1000000, s = 1000 * ms;
    EXPECT_EQ(Span(0), "0.00 ms");
    EXPECT_EQ(Span(250000), "0.25 ms");
    EXPECT_EQ(Span(9994000), "9.99 ms");
    EXPECT_EQ(Span(9996000), "10.0 ms");
    EXPECT_EQ(Span(99960000), "100 ms");
    EXPECT_EQ(Span(999 * ms), "999 ms");
    EXPECT_EQ(Span(s - 1), "1.00 s");
    EXPECT_EQ(Span(12345 * ms), "12.3 s");
    EXPECT_EQ(Span(60 * s - 1), "1 min 00 s");
    EXPECT_EQ(Span(3599 * s + 600 * ms), "1 h 00 min");
    EXPECT_EQ(Span(200 * s), "3 min 20 s");
    EXPECT_EQ(Span(3720 * s), "1 h 02 min");
    EXPECT_EQ(Span(183600 * s), "2 d 03 h");
    EXPECT_EQ(Span(INT64_MAX), "106751 d 23 h");
}

TEST(Span, RoundsAGuessUpToSeconds)
{
    EXPECT_EQ(Seconds(0), "0 s");
    EXPECT_EQ(Seconds(0.01), "1 s");
    EXPECT_EQ(Seconds(59.2), "1 min 00 s");
    EXPECT_EQ(Seconds(7200), "2 h 00 min");
    EXPECT_LT(Seconds(1e300).size(), static_cast<size_t>(CLI_SPAN_SIZE));
    EXPECT_LT(Seconds(HUGE_VAL).size(), static_cast<size_t>(CLI_SPAN_SIZE));
}

// ---- the rate ------------------------------------------------------------------------------------------------------

TEST(Rate, IsNotKnownBeforeAJobHasEnded)
{
    struct cli_rate rate = {};
    EXPECT_EQ(cli_rate_get(&rate), 0);
    EXPECT_LT(cli_rate_left(&rate, 3), 0);
    EXPECT_EQ(cli_rate_left(&rate, 0), 0);
    cli_rate_add(&rate, 0, 5);
    EXPECT_EQ(cli_rate_get(&rate), 0);
    EXPECT_LT(cli_rate_left(&rate, 3), 0);
    cli_rate_add(&rate, 2, 0);
    EXPECT_GT(cli_rate_get(&rate), 0);
}

TEST(Rate, OfSteadyJobsIsTheirs)
{
    for (double a_second : {0.02, 1.0, 300.0}) {
        struct cli_rate rate = {};
        for (int i = 0; i < 1000; i++)
            cli_rate_add(&rate, a_second < 1 ? 1 : static_cast<uint64_t>(a_second), a_second < 1 ? 1 / a_second : 1);
        EXPECT_NEAR(cli_rate_get(&rate), a_second, a_second * 1e-6);
        EXPECT_NEAR(cli_rate_left(&rate, 100), 100 / a_second, 1e-4 / a_second);
    }
}

TEST(Rate, DoesNotJumpAtTheEndsOfLongJobs)
{
    // One job a minute, looked at four times a second.
    struct cli_rate rate = {};
    for (int i = 1; i <= 4 * 60 * 30; i++) {
        cli_rate_add(&rate, i % (4 * 60) == 0 ? 1 : 0, 0.25);
        if (i > 4 * 60 * 10) {
            EXPECT_NEAR(cli_rate_get(&rate) * 60, 1, 0.12) << i;
        }
    }
}

TEST(Rate, FollowsJobsThatBecomeSlower)
{
    struct cli_rate rate = {};
    for (int i = 0; i < 600; i++)
        cli_rate_add(&rate, 10, 0.1);
    for (int i = 0; i < 600; i++)
        cli_rate_add(&rate, 1, 0.1);
    EXPECT_NEAR(cli_rate_get(&rate), 10, 1);
}

// ---- the text ------------------------------------------------------------------------------------------------------

struct cli_rate RateOf(uint64_t ended, double seconds)
{
    struct cli_rate rate = {};
    cli_rate_add(&rate, ended, seconds);
    return rate;
}

std::string Text(const struct cli_counts &counts, const struct cli_rate &rate, size_t columns = 1000)
{
    char text[CLI_PROGRESS_SIZE];
    cli_progress_text(&counts, &rate, columns, text);
    return text;
}

TEST(ProgressText, TellsDoneFailedRunningRateAndTimeLeft)
{
    struct cli_counts counts = {.done = 135, .failed = 4, .running = 8, .total = 500, .has_total = true};
    EXPECT_EQ(Text(counts, RateOf(135, 3)), "135/500 done (4 failed), 8 running, 45.0/s, 9 s left");
    EXPECT_EQ(Text(counts, RateOf(1350, 3)), "135/500 done (4 failed), 8 running, 450/s, 1 s left");
    EXPECT_EQ(Text(counts, RateOf(135, 1350)), "135/500 done (4 failed), 8 running, 6.0/min, 1 h 00 min left");
    EXPECT_EQ(Text(counts, RateOf(1, 1800)), "135/500 done (4 failed), 8 running, 2.0/h, 7 d 14 h left");
    EXPECT_EQ(Text(counts, {}), "135/500 done (4 failed), 8 running");
}

TEST(ProgressText, HasNoTimeLeftWithoutATotalAndWhileAllIsStopped)
{
    struct cli_counts counts = {.done = 135, .failed = 4, .running = 8};
    EXPECT_EQ(Text(counts, RateOf(135, 3)), "135 done (4 failed), 8 running, 45.0/s");
    counts.has_total = true;
    counts.total = 500;
    counts.is_stopping = true;
    EXPECT_EQ(Text(counts, RateOf(135, 3)), "135/500 done (4 failed), 8 stopping, 45.0/s");
}

TEST(ProgressText, FitsEveryWidth)
{
    struct cli_counts counts = {.done = UINT64_MAX, .failed = UINT64_MAX, .running = UINT64_MAX, .total = UINT64_MAX};
    for (bool has_total : {false, true}) {
        counts.has_total = has_total;
        for (size_t columns = 0; columns < 200; columns++)
            EXPECT_LE(Text(counts, RateOf(UINT64_MAX, 1e-9), columns).size(), columns);
    }
    counts = {.done = 135, .failed = 4, .running = 8, .total = 500, .has_total = true};
    EXPECT_EQ(Text(counts, RateOf(135, 3), 50), "135/500 done (4 failed), 8 running, 9 s left");
    EXPECT_EQ(Text(counts, RateOf(135, 3), 33), "135/500 done (4 failed), 9 s left");
    EXPECT_EQ(Text(counts, RateOf(135, 3), 32), "135/500 done (4 failed)");
    EXPECT_EQ(Text(counts, RateOf(135, 3), 15), "135/500 done");
    EXPECT_EQ(Text(counts, RateOf(135, 3), 5), "");
}

TEST(ProgressText, ClosesWithTheWhole)
{
    char text[CLI_PROGRESS_SIZE];
    struct cli_counts counts = {.done = 500, .failed = 3};
    cli_progress_closing(&counts, 12345, text);
    EXPECT_STREQ(text, "500 done (3 failed) in 12.3 s, 40.5/s");
    counts = {};
    cli_progress_closing(&counts, 0, text);
    EXPECT_STREQ(text, "0 done (0 failed) in 0.00 ms");
}

// ---- when and where ------------------------------------------------------------------------------------------------

class Progress : public testing::Test
{
  protected:
    void Begin(enum cli_progress_choice choice, size_t columns)
    {
        fake::now = 1000000;
        fake::columns = columns;
        fake::written = "";
        cli_progress_begin(&progress_, choice);
    }

    // What an update writes.
    std::string At(int64_t ms)
    {
        fake::now = 1000000 + ms;
        fake::written = "";
        cli_progress_update(&progress_, &counts_);
        screen_ += fake::written;
        return fake::written;
    }

    int64_t Wait()
    {
        return cli_progress_wait(&progress_);
    }

    void Hide()
    {
        fake::written = "";
        cli_progress_hide(&progress_);
        screen_ += fake::written;
    }

    void End(bool is_closed)
    {
        fake::written = "";
        cli_progress_end(&progress_, &counts_, is_closed);
        screen_ += fake::written;
    }

    std::string Screen() const
    {
        return Shown(screen_, fake::columns);
    }

    struct cli_progress progress_ = {};
    struct cli_counts counts_ = {.total = 50, .has_total = true};
    std::string screen_;
};

TEST_F(Progress, IsQuietWithoutATerminalOrWhenTold)
{
    for (enum cli_progress_choice choice : {CLI_PROGRESS_AUTO, CLI_PROGRESS_NEVER}) {
        Begin(choice, choice == CLI_PROGRESS_AUTO ? 0 : 80);
        EXPECT_EQ(Wait(), SUBPROC_FOREVER);
        counts_.done++;
        EXPECT_EQ(At(100000), "");
        End(true);
        EXPECT_EQ(screen_, "");
    }
}

TEST_F(Progress, ComesAfterHalfASecondAndTenTimesASecondAtMost)
{
    Begin(CLI_PROGRESS_AUTO, 80);
    EXPECT_EQ(Wait(), 500);
    counts_.running = 2;
    EXPECT_EQ(At(499), "");
    EXPECT_EQ(Wait(), 1);
    EXPECT_NE(At(500), "");
    EXPECT_EQ(Screen(), "0/50 done (0 failed), 2 running");
    EXPECT_EQ(Wait(), 1000);
    counts_.done = 5;
    EXPECT_EQ(At(599), "");
    EXPECT_EQ(Wait(), 1);
    EXPECT_NE(At(600), "");
    int drawn = 0;
    for (int ms = 601; ms < 10601; ms++) {
        counts_.done++;
        counts_.total++;
        drawn += At(ms).empty() ? 0 : 1;
    }
    EXPECT_EQ(drawn, 100);
}

TEST_F(Progress, CountsTheTimeDownWhileNothingEnds)
{
    Begin(CLI_PROGRESS_AUTO, 80);
    counts_.done = 10;
    At(1000);
    EXPECT_EQ(Screen(), "10/50 done (0 failed), 0 running, 10.0/s, 4 s left");
    EXPECT_EQ(At(1999), "");
    EXPECT_NE(At(2000), "");
}

TEST_F(Progress, LeavesNoTraceOfALongerLineAndNoneAtTheEnd)
{
    Begin(CLI_PROGRESS_AUTO, 80);
    counts_.running = 1000000;
    At(1000);
    counts_.running = 1;
    At(2000);
    EXPECT_EQ(Screen(), "0/50 done (0 failed), 1 running");
    Hide();
    EXPECT_EQ(Screen(), "");
    screen_ += "a job's line\n";
    At(2050);
    EXPECT_EQ(Screen(), "a job's line");
    At(2100);
    EXPECT_EQ(Screen(), "a job's line\n0/50 done (0 failed), 1 running");
    End(false);
    EXPECT_EQ(Screen(), "a job's line");
}

TEST_F(Progress, NeverFillsTheLastColumn)
{
    for (size_t columns = 1; columns < 60; columns++) {
        screen_ = "";
        Begin(CLI_PROGRESS_AUTO, columns);
        At(1000);
        EXPECT_LT(Screen().size(), columns);
        EXPECT_EQ(Screen().find('\n'), std::string::npos);
    }
}

TEST_F(Progress, ClosesWhatWasShown)
{
    Begin(CLI_PROGRESS_AUTO, 80);
    counts_.done = 50;
    At(400);
    End(true);
    EXPECT_EQ(screen_, "");
    Begin(CLI_PROGRESS_AUTO, 80);
    At(500);
    fake::now += 500;
    End(true);
    EXPECT_EQ(Screen(), "50 done (0 failed) in 1.00 s, 50.0/s");
    EXPECT_EQ(screen_.back(), '\n');
}

TEST_F(Progress, ColoursFailedJobs)
{
    fake::coloured = "";
    Begin(CLI_PROGRESS_AUTO, 80);
    At(500);
    EXPECT_EQ(fake::coloured, "");
    counts_.done = counts_.failed = 2;
    EXPECT_TRUE(At(1500).starts_with("\r2/50 done (2 failed), 0 running"));
    EXPECT_EQ(fake::coloured, "(2 failed");
    fake::coloured = "";
    End(true);
    EXPECT_EQ(fake::coloured, "(2 failed");
    Begin(CLI_PROGRESS_AUTO, 12);
    EXPECT_EQ(At(500), "\r2/50 done");
    EXPECT_EQ(fake::coloured, "(2 failed");
}

TEST_F(Progress, WritesLinesNowAndThenWhenThereIsNoTerminal)
{
    Begin(CLI_PROGRESS_ALWAYS, 0);
    counts_.done = 20;
    EXPECT_EQ(Wait(), 10000);
    EXPECT_EQ(At(9999), "");
    EXPECT_EQ(At(10000), "subproc: parallel: 20/50 done (0 failed), 0 running, 2.0/s, 15 s left\n");
    EXPECT_EQ(At(19999), "");
    EXPECT_NE(At(20000), "");
    Hide();
    EXPECT_EQ(fake::written, "");
    End(true);
    EXPECT_EQ(fake::written, "subproc: parallel: 20 done (0 failed) in 20.0 s, 1.0/s\n");
}

} // namespace
