// Code page 949, every byte and every pair, against Windows' table.
#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "text_util.h"

namespace
{

const std::string kBad = "\uFFFD";

struct Row {
    unsigned lead;
    const char *text;
};

const Row kRows[] = {
#include "cp949_reference.inc"
};

// The pairs that have a character.
const std::map<unsigned, uint32_t> &Reference()
{
    static const std::map<unsigned, uint32_t> pairs = [] {
        std::map<unsigned, uint32_t> found;
        for (const Row &row : kRows) {
            unsigned trail = 0x41;
            for (uint32_t point : Points(row.text)) {
                if (point != 0xFFFD)
                    found[row.lead << 8 | trail] = point;
                trail++;
            }
        }
        return found;
    }();
    return pairs;
}

// What DESIGN says of one or two bytes.
std::string Expected(const std::string &bytes)
{
    auto first = static_cast<unsigned char>(bytes[0]);
    if (first <= 0x80)
        return Utf8(first) + (bytes.size() > 1 ? Expected(bytes.substr(1)) : "");
    if (bytes.size() == 1)
        return kBad;
    auto second = static_cast<unsigned char>(bytes[1]);
    auto pair = Reference().find(static_cast<unsigned>(first) << 8 | second);
    if (pair != Reference().end())
        return Utf8(pair->second);
    if (first == 0xFF || second < 0x80)
        return kBad + Expected(bytes.substr(1));
    return kBad;
}

TEST(Cp949, HasAllOfWindowsCharacters)
{
    ASSERT_EQ(Reference().size(), 17048u + 188u);
    EXPECT_EQ(Reference().at(0xC9A1), 0xE000u);
    EXPECT_EQ(Reference().at(0xFEFE), 0xE0BBu);
}

TEST(Cp949, ReadsEveryByteAndEveryPairAsWindowsDoes)
{
    for (unsigned byte = 0; byte < 0x100; byte++)
        ASSERT_EQ(Decode("cp949", std::string(1, static_cast<char>(byte))), Expected({static_cast<char>(byte)})) << byte;
    for (unsigned pair = 0; pair < 0x10000; pair++) {
        std::string bytes = {static_cast<char>(pair >> 8), static_cast<char>(pair & 0xFF)};
        ASSERT_EQ(Decode("cp949", bytes), Expected(bytes)) << std::hex << pair;
    }
}

TEST(Cp949, SaysEveryCharacterThatItHasAndNoOther)
{
    std::map<uint32_t, std::string> codes;
    for (uint32_t point = 0; point <= 0x80; point++)
        codes[point] = std::string(1, static_cast<char>(point));
    for (auto [pair, point] : Reference())
        codes[point] = {static_cast<char>(pair >> 8), static_cast<char>(pair & 0xFF)};
    ASSERT_EQ(codes.size(), 17048u + 188u + 0x81u); // no character has two codes
    for (uint32_t point = 0; point < 0x11000; point++) {
        if (point >= 0xD800 && point <= 0xDFFF)
            continue;
        std::string encoded = Encode("cp949", Utf8(point));
        auto code = codes.find(point);
        if (code == codes.end())
            ASSERT_EQ(encoded.substr(0, 11), "! ENCODING:") << std::hex << point;
        else
            ASSERT_EQ(encoded, code->second) << std::hex << point;
    }
}

TEST(Cp949, OfEucKrHasOnlyItsOwn)
{
    for (auto [pair, point] : Reference()) {
        std::string bytes = {static_cast<char>(pair >> 8), static_cast<char>(pair & 0xFF)};
        unsigned lead = pair >> 8, trail = pair & 0xFF;
        bool has = lead >= 0xA1 && trail >= 0xA1 && lead != 0xC9 && lead != 0xFE;
        std::string text = Decode("euc-kr", bytes), expected = Utf8(point);
        if (has)
            ASSERT_EQ(text, expected) << std::hex << pair;
        else
            ASSERT_EQ(text.substr(0, 3), kBad) << std::hex << pair;
    }
    EXPECT_EQ(Decode("euc-kr", "\x80"), kBad);
}

// Long text takes other ways through the decoder than two bytes do.
TEST(Cp949, ReadsLongTextAsItReadsItsPairs)
{
    std::string bytes, text;
    unsigned step = 0;
    for (auto [pair, point] : Reference()) {
        bytes += {static_cast<char>(pair >> 8), static_cast<char>(pair & 0xFF)};
        text += Utf8(point);
        std::string ascii(step++ % 40, 'x');
        bytes += ascii;
        text += ascii;
    }
    EXPECT_TRUE(Decode("cp949", bytes) == text); // too long to print
    EXPECT_TRUE(Encode("cp949", text) == bytes);
}

} // namespace
