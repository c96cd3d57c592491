// Well-formed UTF-8, held against a decoder that works in another way.
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <string>

extern "C" {
#include "utf8.h"
}

namespace
{

size_t Check(const std::string &text)
{
    return subproc_utf8_check(text.data(), text.size());
}

// A code point in as many bytes as asked for, overlong or not.
std::string Encode(uint32_t point, size_t size)
{
    static const unsigned char leads[] = {0, 0, 0xC0, 0xE0, 0xF0};
    std::string text(size, '\0');
    for (size_t i = size - 1; i > 0; i--, point >>= 6)
        text[i] = static_cast<char>(0x80 | (point & 0x3F));
    text[0] = static_cast<char>(leads[size] | point);
    return text;
}

size_t ShortestSize(uint32_t point)
{
    return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
}

bool IsScalar(uint32_t point)
{
    return point <= 0x10FFFF && (point < 0xD800 || point > 0xDFFF);
}

// Decodes by the bits alone; right is what the encoder would have written.
size_t ReferenceSequence(const std::string &text, size_t at)
{
    for (size_t size = 1; size <= 4 && at + size <= text.size(); size++) {
        std::string bytes = text.substr(at, size);
        auto lead = static_cast<unsigned char>(bytes[0]);
        uint32_t point = size == 1 ? lead : lead & (0xFFu >> (size + 1));
        for (size_t i = 1; i < size; i++)
            point = point << 6 | (static_cast<unsigned char>(bytes[i]) & 0x3Fu);
        if (IsScalar(point) && ShortestSize(point) == size && Encode(point, size) == bytes)
            return size;
    }
    return 0;
}

size_t ReferenceCheck(const std::string &text)
{
    size_t at = 0;
    while (at < text.size()) {
        size_t size = ReferenceSequence(text, at);
        if (size == 0)
            break;
        at += size;
    }
    return at;
}

void EachUpTo(const std::string &alphabet, size_t length, std::string &text, const std::function<void()> &visit)
{
    visit();
    if (length == 0)
        return;
    for (char letter : alphabet) {
        text.push_back(letter);
        EachUpTo(alphabet, length - 1, text, visit);
        text.pop_back();
    }
}

// The bytes on both sides of every border in Unicode's table 3-7.
const std::string
    borders("\x00\x41\x7F\x80\x8F\x90\x9F\xA0\xBF\xC0\xC1\xC2\xDF\xE0\xE1\xEC\xED\xEE\xEF\xF0\xF1\xF3\xF4\xF5\xFF", 25);

TEST(Utf8Check, AcceptsEveryCharacterInItsShortestForm)
{
    for (uint32_t point = 0; point <= 0x10FFFF; point++) {
        std::string text = Encode(point, ShortestSize(point));
        ASSERT_EQ(Check(text), IsScalar(point) ? text.size() : 0u) << point;
    }
}

TEST(Utf8Check, RefusesOverlongFormsAndWhatIsAboveUnicode)
{
    for (uint32_t point = 0; point < 0x800; point++)
        ASSERT_EQ(Check(Encode(point, 3)), 0u) << point;
    for (uint32_t point = 0; point < 0x10000; point += 7)
        ASSERT_EQ(Check(Encode(point, 4)), 0u) << point;
    for (uint32_t point = 0x110000; point < 0x200000; point += 7)
        ASSERT_EQ(Check(Encode(point, 4)), 0u) << point;
}

TEST(Utf8Check, AgreesWithTheReferenceAtEveryBorder)
{
    std::string text;
    EachUpTo(borders, 4, text, [&] { ASSERT_EQ(Check(text), ReferenceCheck(text)); });
}

TEST(Utf8Check, TellsWhereTheFirstBadByteIs)
{
    EXPECT_EQ(Check("a\xC3\xA9\xFFz"), 3u);
    EXPECT_EQ(Check("ab\xED\xA0\x80"), 2u);
    EXPECT_EQ(Check("ab\xE2\x82"), 2u); // ends inside a character
    EXPECT_EQ(subproc_utf8_check(nullptr, 0), 0u);
}

TEST(Utf8Check, DoesNotReadBehindTheEnd)
{
    std::string text("\xE2\x82\xAC", 3);
    for (size_t size = 0; size < 3; size++)
        EXPECT_EQ(subproc_utf8_check(text.data(), size), 0u);
    EXPECT_EQ(subproc_utf8_check(text.data(), 3), 3u);
}

// The longest prefix of whole characters that fits.
size_t ReferenceCut(const std::string &text, size_t limit)
{
    size_t at = 0;
    while (at < text.size() && at + ReferenceSequence(text, at) <= limit)
        at += ReferenceSequence(text, at);
    return at;
}

TEST(Utf8Cut, KeepsAsManyWholeCharactersAsFit)
{
    const std::string text = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z\xED\x95\x9C\xEA\xB8\x80";
    for (size_t limit = 0; limit <= text.size() + 2; limit++)
        EXPECT_EQ(subproc_utf8_cut(text.data(), text.size(), limit), ReferenceCut(text, limit)) << limit;
}

TEST(Utf8Cut, CutsWhatIsNoUtf8SomewhereWithinTheLimit)
{
    std::string text;
    EachUpTo(std::string("a\x80\xBF\xC3\xE2\xF0\xFF", 7), 5, text, [&] {
        for (size_t limit = 0; limit <= text.size(); limit++) {
            size_t cut = subproc_utf8_cut(text.data(), text.size(), limit);
            ASSERT_LE(cut, limit);
            ASSERT_LE(limit - cut, 3u); // no more is lost than a character could be
        }
    });
}

} // namespace
