// The timeline of `subproc parallel`: the picture of records, and its parts.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <regex>
#include <set>
#include <string>
#include <vector>

extern "C" {
#include "axis.h"
#include "timeline.h"
#include "xml.h"
}

namespace
{

bool Append(void *context, const char *bytes, size_t size)
{
    static_cast<std::string *>(context)->append(bytes, size);
    return true;
}

std::string Xml(const std::string &text, size_t columns = 1000)
{
    std::string written;
    struct cli_output output = {.write = Append, .context = &written};
    cli_xml_text(&output, text.c_str(), columns);
    EXPECT_TRUE(cli_output_flush(&output));
    return written;
}

// ---- text ----------------------------------------------------------------------------------------------------------

TEST(XmlText, IsEscaped)
{
    EXPECT_EQ(Xml("a<b>&\"c'"), "a&lt;b&gt;&amp;&quot;c'");
    EXPECT_EQ(Xml("]]>"), "]]&gt;");
    EXPECT_EQ(Xml("\xEA\xB0\x80\xF0\x9F\x98\x80"), "\xEA\xB0\x80\xF0\x9F\x98\x80");
}

TEST(XmlText, ShowsWhatXmlForbidsAsBytes)
{
    EXPECT_EQ(Xml("a\tb\n\x1B[31m\x7F"), "a\\x09b\\x0A\\x1B[31m\\x7F");
    EXPECT_EQ(Xml("\xFF\xC3("), "\\xFF\\xC3(");
    EXPECT_EQ(Xml("\xEF\xBF\xBE\xEF\xBF\xBF"), "\\xEF\\xBF\\xBE\\xEF\\xBF\\xBF"); // U+FFFE, U+FFFF
    EXPECT_EQ(Xml("\xED\xA0\x80"), "\\xED\\xA0\\x80");                            // a surrogate
    EXPECT_EQ(Xml("\xC2\x85\xE2\x80\xAE"), "\\xC2\\x85\\xE2\\x80\\xAE");          // C1, right to left
}

TEST(XmlText, IsCutAtItsColumns)
{
    EXPECT_EQ(Xml("abcdef", 6), "abcdef");
    EXPECT_EQ(Xml("abcdefg", 6), "abcde\xE2\x80\xA6");
    EXPECT_EQ(Xml("\xEA\xB0\x80\xEA\xB0\x80\xEA\xB0\x80", 6), "\xEA\xB0\x80\xEA\xB0\x80\xEA\xB0\x80");
    EXPECT_EQ(Xml("\xEA\xB0\x80\xEA\xB0\x80\xEA\xB0\x80", 5), "\xEA\xB0\x80\xEA\xB0\x80\xE2\x80\xA6");
    EXPECT_EQ(Xml("\xEA\xB0\x80\xEA\xB0\x80\xEA\xB0\x80", 4), "\xEA\xB0\x80\xE2\x80\xA6");
    EXPECT_EQ(Xml("\x01\x02", 7), "\\x01\xE2\x80\xA6");
    EXPECT_EQ(Xml("&&&", 2), "&amp;\xE2\x80\xA6");
    EXPECT_EQ(Xml("abc", 0), "\xE2\x80\xA6");
    EXPECT_EQ(cli_xml_columns("a\xEA\xB0\x80\x01\xFF"), 11u);
}

// ---- the axis ------------------------------------------------------------------------------------------------------

std::vector<std::string> Ticks(int64_t span)
{
    std::vector<std::string> labels;
    int64_t step = cli_axis_step(span);
    for (int64_t tick = 0; tick <= span; tick += step) {
        char text[CLI_SPAN_SIZE];
        cli_axis_label(tick, step, text);
        labels.push_back(text);
    }
    return labels;
}

TEST(Axis, CountsInWhatPeopleCountIn)
{
    using Labels = std::vector<std::string>;
    const int64_t ms = 1000000, s = 1000 * ms;
    EXPECT_EQ(Ticks(0), (Labels{"0"}));
    EXPECT_EQ(Ticks(3 * ms), (Labels{"0", "0.5 ms", "1.0 ms", "1.5 ms", "2.0 ms", "2.5 ms", "3.0 ms"}));
    EXPECT_EQ(Ticks(80 * ms).back(), "80 ms");
    EXPECT_EQ(Ticks(3 * s), (Labels{"0", "0.5 s", "1.0 s", "1.5 s", "2.0 s", "2.5 s", "3.0 s"}));
    EXPECT_EQ(Ticks(12 * s), (Labels{"0", "2 s", "4 s", "6 s", "8 s", "10 s", "12 s"}));
    EXPECT_EQ(Ticks(140 * s)[1], "20 s");
    EXPECT_EQ(Ticks(900 * s), (Labels{"0", "2 min", "4 min", "6 min", "8 min", "10 min", "12 min", "14 min"}));
    EXPECT_EQ(Ticks(3600 * s)[1], "10 min");
    EXPECT_EQ(Ticks(86400 * s)[1], "3 h");
    EXPECT_EQ(Ticks(30 * 86400 * s)[1], "4 d");
}

TEST(Axis, HasTwoToElevenDifferentTicksForEverySpan)
{
    for (double span = 2000; span < 4e18; span *= 1.07) {
        std::vector<std::string> labels = Ticks(static_cast<int64_t>(span));
        EXPECT_GE(labels.size(), 2u) << span;
        EXPECT_LE(labels.size(), 11u) << span;
        EXPECT_EQ(std::set<std::string>(labels.begin(), labels.end()).size(), labels.size()) << span;
    }
}

// ---- the picture ---------------------------------------------------------------------------------------------------

// Records whose arguments it keeps.
struct Jobs {
    void Add(double begun, double ended, size_t slot, enum cli_outcome outcome, const std::string &argument,
             uint32_t code = 0, int error = 0)
    {
        arguments.push_back(argument);
        records.push_back({.begun = static_cast<int64_t>(begun * 1e9),
                           .ended = static_cast<int64_t>(ended * 1e9),
                           .slot = slot,
                           .outcome = outcome,
                           .error = error,
                           .code = code,
                           .argument = arguments.back().data()});
    }

    std::deque<std::string> arguments;
    std::vector<struct cli_record> records;
};

// With SUBPROC_TEST_PICTURES each picture is kept in that folder, to be looked at.
std::string Draw(const std::string &name, const Jobs &jobs, const std::string &command = "convert {} <out>")
{
    std::string picture;
    struct cli_output output = {.write = Append, .context = &picture};
    struct cli_timeline timeline = {
        .records = jobs.records.data(), .count = jobs.records.size(), .command = command.c_str()};
    EXPECT_TRUE(cli_timeline_draw(&output, &timeline));
    EXPECT_TRUE(cli_output_flush(&output));
    if (const char *folder = std::getenv("SUBPROC_TEST_PICTURES"))
        std::ofstream(std::string(folder) + "/" + name + ".svg", std::ios::binary) << picture;
    return picture;
}

// Where a tag may end and what it may hold: the name, and attributes in quotes.
bool IsTag(const std::string &inner)
{
    bool is_quoted = false;
    for (char c : inner) {
        if (c == '&' || (is_quoted && c == '<'))
            return false;
        is_quoted = is_quoted != (c == '"');
    }
    return !is_quoted && !inner.empty() && inner[0] >= 'a' && inner[0] <= 'z';
}

bool IsText(const std::string &text)
{
    for (size_t at = 0; at < text.size(); at++) {
        if (text[at] == '>' || (static_cast<unsigned char>(text[at]) < 0x20 && text[at] != '\n'))
            return false;
        bool is_entity = false;
        for (const char *entity : {"&lt;", "&gt;", "&amp;", "&quot;"})
            is_entity = is_entity || text.compare(at, std::string(entity).size(), entity) == 0;
        if (text[at] == '&' && !is_entity)
            return false;
    }
    return true;
}

// Well-formed: text without marks between tags, each of which is closed by its own name.
void ExpectXml(const std::string &picture)
{
    std::vector<std::string> open;
    for (size_t at = 0; at < picture.size();) {
        size_t tag = std::min(picture.find('<', at), picture.size());
        size_t end = std::min(picture.find('>', tag), picture.size());
        ASSERT_TRUE(IsText(picture.substr(at, tag - at))) << picture.substr(at, tag - at);
        at = end + 1;
        if (tag == picture.size())
            break;
        ASSERT_LT(end, picture.size());
        std::string inner = picture.substr(tag + 1, end - tag - 1);
        std::string name = inner.substr(0, inner.find(' '));
        if (inner[0] == '/') {
            ASSERT_FALSE(open.empty());
            ASSERT_EQ(inner, "/" + open.back());
            open.pop_back();
            continue;
        }
        ASSERT_TRUE(IsTag(inner)) << inner;
        if (inner.back() != '/')
            open.push_back(name);
    }
    EXPECT_TRUE(open.empty());
}

size_t Count(const std::string &text, const std::string &part)
{
    size_t count = 0;
    for (size_t at = 0; (at = text.find(part, at)) != std::string::npos; at++)
        count++;
    return count;
}

bool Contains(const std::string &text, const std::string &part)
{
    return text.find(part) != std::string::npos;
}

Jobs MixedJobs()
{
    Jobs jobs;
    jobs.Add(0, 1.2, 0, CLI_SUCCEEDED, "alpha.png");
    jobs.Add(0.001, 3.4, 1, CLI_SUCCEEDED, "\xED\x95\x9C\xEA\xB8\x80 \xEC\x9D\xB8\xEC\x9E\x90.png");
    jobs.Add(0.002, 0.8, 2, CLI_EXITED, "a <b> & \"c\"", 3);
    jobs.Add(0.81, 2.81, 2, CLI_WAS_TIMED_OUT, "slow.png");
    jobs.Add(1.21, 1.9, 0, CLI_SIGNALLED, "crash.png", 11);
    jobs.Add(1.91, 1.91, 0, CLI_NOT_STARTED, "missing", 0, SUBPROC_E_NOT_FOUND);
    jobs.Add(1.92, 5.5, 0, CLI_STOPPED, "stopped.png", 0, SUBPROC_E_CANCELLED);
    jobs.Add(2.82, 5.5, 2, CLI_STOPPED, "chatty", 0, SUBPROC_E_OUTPUT_LIMIT);
    jobs.Add(3.41, 5.0, 1, CLI_EXITED, "", 255);
    jobs.Add(5.01, 5.4, 1, CLI_EXITED, "\x1B[31mred\xFF", 0, SUBPROC_E_LOST);
    return jobs;
}

TEST(Timeline, HasARowAJobWithItsArgumentAndHowItWent)
{
    std::string picture = Draw("mixed", MixedJobs());
    ExpectXml(picture);
    for (const char *words :
         {"10 jobs in 5.50 s, at most 3 at once", "convert {} &lt;out&gt;", ">alpha.png, 1.20 s<",
          ">\xED\x95\x9C\xEA\xB8\x80 \xEC\x9D\xB8\xEC\x9E\x90.png, 3.40 s<",
          ">a &lt;b&gt; &amp; &quot;c&quot;, 798 ms, exit 3<", ">slow.png, 2.00 s, timed out<",
          ">crash.png, 690 ms, signal 11<", ">missing, not started: not found<", ">stopped.png, 3.58 s, stopped<",
          ">chatty, 2.68 s, stopped: more output than the limit allows<", ">'', 1.59 s, exit 255<",
          ">\\x1B[31m\xE2\x80\xA6, 390 ms, the exit status was taken by someone else<", "</tspan> 2 succeeded ",
          "</tspan> 3 failed ", "</tspan> 1 timed out ", "</tspan> 1 died of a signal ", "</tspan> 2 stopped ",
          "</tspan> 1 could not start "})
        EXPECT_TRUE(Contains(picture, words)) << words;
    EXPECT_EQ(Count(picture, "<rect class=\"s\""), 2u);
}

TEST(Timeline, IsDrawnWithOneJobAndWithNone)
{
    Jobs jobs;
    std::string picture = Draw("none", jobs);
    ExpectXml(picture);
    EXPECT_TRUE(Contains(picture, ">0 jobs<"));
    jobs.Add(0, 0, 0, CLI_NOT_STARTED, "one", 0, SUBPROC_E_ACCESS);
    picture = Draw("instant", jobs);
    ExpectXml(picture);
    EXPECT_TRUE(Contains(picture, ">one, not started: permission denied<"));
    jobs = {};
    jobs.Add(0, 1, 0, CLI_SUCCEEDED, "one");
    picture = Draw("one", jobs);
    ExpectXml(picture);
    EXPECT_TRUE(Contains(picture, ">1 job in 1.00 s, at most 1 at once<"));
}

TEST(Timeline, CutsLongArguments)
{
    Jobs jobs;
    for (int i = 0; i < 8; i++) {
        std::string argument(i % 2 == 0 ? 5000 : 61, static_cast<char>('a' + i));
        jobs.Add(i, i + (i % 3 == 0 ? 0.1 : 2), static_cast<size_t>(i % 4), i % 2 == 0 ? CLI_SUCCEEDED : CLI_EXITED,
                 argument, 1);
    }
    std::string picture = Draw("long", jobs, std::string(400, 'x'));
    ExpectXml(picture);
    EXPECT_LT(picture.size(), 10000u);
}

// The labels stay within the picture, and clear of their bars unless they lie within them.
TEST(Timeline, KeepsItsLabelsInThePicture)
{
    static const std::regex label("<text class=\"l\" x=\"([0-9.]+)\"[^>]*text-anchor=\"(start|end)\">([^<]*)<");
    Jobs jobs;
    for (int begin = 0; begin <= 10; begin++)
        for (int end = begin; end <= 10 && jobs.records.size() < 66; end++)
            jobs.Add(begin, end, 0, CLI_STOPPED, std::string(100, 'w'), 0, SUBPROC_E_OUTPUT_LIMIT);
    std::string picture = Draw("labels", jobs);
    for (std::sregex_iterator found(picture.begin(), picture.end(), label), end; found != end; ++found) {
        double x = std::stod((*found)[1]);
        double width = 6.7 * static_cast<double>(cli_xml_columns((*found)[3].str().c_str()));
        EXPECT_GE((*found)[2] == "end" ? x - width : x, 0) << (*found)[0];
        EXPECT_LE((*found)[2] == "end" ? x : x + width, 1300) << (*found)[0];
    }
}

Jobs ManyJobs(int count, size_t slots, double length)
{
    Jobs jobs;
    std::vector<double> free_at(slots, 0);
    for (int i = 0; i < count; i++) {
        size_t slot = static_cast<size_t>(i) % slots;
        double ended = free_at[slot] + length * (1 + (i * 7919 % 13) / 13.0);
        enum cli_outcome outcome = i % 1999 == 7 ? CLI_WAS_TIMED_OUT : i % 501 == 3 ? CLI_EXITED : CLI_SUCCEEDED;
        jobs.Add(free_at[slot], ended, slot, outcome, "\xED\x8C\x8C\xEC\x9D\xBC " + std::to_string(i) + ".c", 1);
        free_at[slot] = ended + length / 20;
    }
    return jobs;
}

TEST(Timeline, HasARowForEachOf60Jobs)
{
    std::string picture = Draw("60", ManyJobs(60, 4, 1.5));
    ExpectXml(picture);
    EXPECT_EQ(Count(picture, "<text class=\"l\""), 60u);
    EXPECT_TRUE(Contains(picture, "\xED\x8C\x8C\xEC\x9D\xBC 59.c"));
    EXPECT_FALSE(Contains(picture, "slot 1"));
}

TEST(Timeline, HasARowASlotFor10000Jobs)
{
    for (size_t slots : {2u, 16u, 300u}) {
        std::string picture = Draw("10000." + std::to_string(slots), ManyJobs(10000, slots, 0.001));
        ExpectXml(picture);
        EXPECT_LT(picture.size(), size_t{2} << 20);
        EXPECT_EQ(Count(picture, "<text class=\"l\""), 0u);
        EXPECT_TRUE(Contains(picture, ">slot 1<"));
        EXPECT_TRUE(Contains(picture, "<title>\xED\x8C\x8C\xEC\x9D\xBC 9999.c, "));
        EXPECT_EQ(Count(picture, "<rect class=\"f\""), 20u);
        EXPECT_EQ(Count(picture, "<rect class=\"t\""), 5u);
    }
}

TEST(Timeline, StaysSmallHoweverManyJobsThereAre)
{
    std::string crowded = Draw("10000.1000", ManyJobs(10000, 1000, 0.001));
    ExpectXml(crowded);
    EXPECT_TRUE(Contains(crowded, ">slot 1000<"));
    EXPECT_FALSE(Contains(crowded, "<title>\xED"));
    for (size_t slots : {2u, 64u, 5000u}) {
        std::string picture = Draw("100000." + std::to_string(slots), ManyJobs(100000, slots, 0.01));
        ExpectXml(picture);
        EXPECT_LT(picture.size(), size_t{3} << 20);
        EXPECT_TRUE(Contains(picture, ">100000 jobs in "));
        EXPECT_TRUE(Contains(picture, "<path stroke=\"#D55E00\""));
    }
}

TEST(Timeline, ShowsJobsOfAMillisecondAndOfAnHour)
{
    std::string picture = Draw("milliseconds", ManyJobs(30, 3, 0.001));
    ExpectXml(picture);
    EXPECT_TRUE(Contains(picture, ">2 ms<"));
    picture = Draw("hours", ManyJobs(30, 3, 3600));
    ExpectXml(picture);
    EXPECT_TRUE(Contains(picture, "1 h 32 min")) << picture;
    Jobs jobs;
    jobs.Add(0, 3600, 0, CLI_SUCCEEDED, "an hour");
    jobs.Add(0, 0.001, 1, CLI_SUCCEEDED, "a millisecond");
    jobs.Add(0.002, 0.003, 1, CLI_EXITED, "another", 1);
    ExpectXml(Draw("both", jobs));
}

} // namespace
