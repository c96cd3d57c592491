// UTF-8 to UTF-16 and back, on every host.
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

extern "C" {
#include "utf8.h"
#include "win32/utf16.h"
}

namespace
{

using Units = std::vector<uint16_t>;

// Converts what is well-formed; counting and writing must agree.
Units FromUtf8(const std::string &text, enum subproc_utf16_form form, size_t *bad)
{
    size_t bad_when_counting = 0;
    Units units(subproc_utf16_from_utf8(text.data(), text.size(), form, nullptr, &bad_when_counting));
    EXPECT_EQ(subproc_utf16_from_utf8(text.data(), text.size(), form, units.data(), bad), units.size());
    EXPECT_EQ(*bad, bad_when_counting);
    return units;
}

std::string ToUtf8(const Units &units)
{
    std::string text(subproc_utf16_to_utf8(units.data(), units.size(), nullptr), '\0');
    EXPECT_EQ(subproc_utf16_to_utf8(units.data(), units.size(), text.data()), text.size());
    return text;
}

bool IsSurrogate(uint32_t point)
{
    return point >= 0xD800 && point <= 0xDFFF;
}

Units UnitsOf(uint32_t point)
{
    if (point < 0x10000)
        return {static_cast<uint16_t>(point)};
    uint32_t rest = point - 0x10000;
    return {static_cast<uint16_t>(0xD800 | rest / 0x400), static_cast<uint16_t>(0xDC00 | rest % 0x400)};
}

TEST(Utf16, RoundTripsEveryCodePoint)
{
    for (uint32_t point = 0; point <= 0x10FFFF; point++) {
        Units units = UnitsOf(point);
        std::string text = ToUtf8(units);
        size_t bad = 0;
        ASSERT_EQ(FromUtf8(text, SUBPROC_UTF16_WTF8, &bad), units) << point;
        ASSERT_EQ(bad, text.size()) << point;
        ASSERT_EQ(subproc_utf8_check(text.data(), text.size()), IsSurrogate(point) ? 0 : text.size()) << point;
        FromUtf8(text, SUBPROC_UTF16_STRICT, &bad);
        ASSERT_EQ(bad, IsSurrogate(point) ? 0 : text.size()) << point;
    }
}

void EachUpTo(const Units &alphabet, size_t length, Units &units, const std::function<void()> &visit)
{
    visit();
    if (length == 0)
        return;
    for (uint16_t unit : alphabet) {
        units.push_back(unit);
        EachUpTo(alphabet, length - 1, units, visit);
        units.pop_back();
    }
}

// Windows takes any sequence of units as a name or a value: none may be lost.
TEST(Utf16, RoundTripsEverySequenceOfUnits)
{
    Units units;
    EachUpTo({0x41, 0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xD800, 0xDBFF, 0xDC00, 0xDFFF, 0xE000, 0xFFFF}, 4, units, [&] {
        size_t bad = 0;
        std::string text = ToUtf8(units);
        ASSERT_EQ(FromUtf8(text, SUBPROC_UTF16_WTF8, &bad), units);
        ASSERT_EQ(bad, text.size());
    });
}

TEST(Utf16, StopsWhereUtf8IsIllFormed)
{
    const std::string borders("\x41\x7F\x80\x8F\x90\x9F\xA0\xBF\xC1\xC2\xDF\xE0\xE1\xED\xEE\xEF\xF0\xF1\xF4\xF5\xFF");
    for (char a : borders)
        for (char b : borders)
            for (char c : borders)
                for (char d : borders) {
                    std::string text = {a, b, c, d};
                    size_t bad = 0;
                    FromUtf8(text, SUBPROC_UTF16_STRICT, &bad);
                    ASSERT_EQ(bad, subproc_utf8_check(text.data(), text.size()));
                }
}

TEST(Utf16, TakesASurrogateThatStandsAlone)
{
    size_t bad = 0;
    EXPECT_EQ(FromUtf8("a\xED\xA0\x80z", SUBPROC_UTF16_WTF8, &bad), (Units{'a', 0xD800, 'z'}));
    EXPECT_EQ(FromUtf8("a\xED\xA0\x80z", SUBPROC_UTF16_STRICT, &bad), (Units{'a'}));
    EXPECT_EQ(bad, 1u);
}

TEST(Utf16, TakesNothing)
{
    size_t bad = 9;
    EXPECT_EQ(subproc_utf16_from_utf8("", 0, SUBPROC_UTF16_STRICT, nullptr, &bad), 0u);
    EXPECT_EQ(bad, 0u);
    EXPECT_EQ(ToUtf8({}), "");
}

TEST(Utf16, KeepsANulInside)
{
    size_t bad = 0;
    EXPECT_EQ(FromUtf8(std::string("a\0b", 3), SUBPROC_UTF16_STRICT, &bad), (Units{'a', 0, 'b'}));
    EXPECT_EQ(bad, 3u);
}

} // namespace
