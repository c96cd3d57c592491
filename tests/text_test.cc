// Bytes to text and back: encodings, policies, and pieces cut anywhere.
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "helper/console.h"
#include "text_util.h"

namespace
{

using namespace std::string_literals;

const std::string kBad = "\uFFFD";

constexpr subproc_text_errors kPolicies[] = {SUBPROC_ERRORS_DEFAULT, SUBPROC_ERRORS_STRICT, SUBPROC_ERRORS_REPLACE,
                                             SUBPROC_ERRORS_IGNORE, SUBPROC_ERRORS_BACKSLASH};

bool IsKnown(const char *encoding)
{
    return Decoder(encoding).all.code == 0;
}

// ---- pieces --------------------------------------------------------------------------------------------------------

// Good and bad in each of the encodings below: ASCII, line ends of all kinds, UTF-8 and cut-off UTF-8, cp949, single and
// double lead bytes before a line end, four-byte and three-byte forms, UTF-16 with a lone surrogate.
const std::string kMixed =
    "ab\r\n\xED\x95\x9C\xEA\xB8\x80 \xF0\x9F\x98\x80 caf\xC3\xA9\r\xE2\x82\n\xC7\xD1\xB1\xDB \xB0\xA1\xC5\nkey "
    "\xC5\xB0\n\xC3\xA2\r\n\x81\n\x81\x41\x81\x30\x81\x31\x8F\xB0\xA1\x8E\xB1\xFD\x41\x80\xFF\xA1\r\n\xC9\xA1"
    "\xFE\xFE\xC6\x53M\xC3\xBCnchen \x5C~\r\x1B(B\x0E\x0F\xD8\x00\x00\xD8\x00\xDC\x61\x62\x63\x00\x00\r\n\r\xED\xA0\x80 "
    "\xF4\x90\x80\x80 end\xE3\x81"s;

const char *const kEncodings[] = {
    nullptr,       "utf-8",      "cp949",    "euc-kr",      "utf-16le",   "utf-16be",     "utf-16",
    "ascii",       "iso-8859-1", "cp932",    "cp936",       "cp950",      "johab",        "gb18030",
    "euc-jp",      "koi8-r",     "cp1252",   "cp1258",      "iso-8859-2", "auto",         "auto:cp949",
    "auto:euc-kr", "auto:cp932", "auto:gbk", "auto:cp1252", "auto:utf-8", "auto:gb18030", "console",
};

// Fed in pieces that begin where `cuts` says.
Decoded InPieces(const char *encoding, subproc_text_errors errors, bool newlines, const std::string &bytes,
                 const std::vector<size_t> &cuts, bool tell)
{
    Decoder decoder(encoding, errors, newlines);
    const bool lines = tell && decoder.TellLines();
    size_t begin = 0;
    for (size_t cut : cuts) {
        decoder.Feed(std::string_view(bytes).substr(begin, cut - begin));
        begin = cut;
    }
    decoder.Feed(std::string_view(bytes).substr(begin));
    decoder.Finish();
    if (lines && decoder.all.code == 0) {
        EXPECT_EQ(decoder.all.text_of_lines, decoder.all.text.size());
    }
    return decoder.all;
}

void ExpectTheSameInPieces(const char *encoding, const std::string &bytes)
{
    for (subproc_text_errors errors : kPolicies)
        for (bool newlines : {false, true})
            for (bool tell : {false, true}) {
                Decoded whole = InPieces(encoding, errors, newlines, bytes, {}, tell);
                std::vector<size_t> every;
                for (size_t cut = 1; cut < bytes.size(); cut++) {
                    ASSERT_EQ(InPieces(encoding, errors, newlines, bytes, {cut}, tell), whole)
                        << (encoding ? encoding : "bytes") << ' ' << errors << " cut at " << cut;
                    every.push_back(cut);
                }
                ASSERT_EQ(InPieces(encoding, errors, newlines, bytes, every, tell), whole)
                    << (encoding ? encoding : "bytes") << ' ' << errors;
            }
}

TEST(TextPieces, GiveTheSameAsOnePieceWhereverTheyAreCut)
{
    for (const char *encoding : kEncodings)
        if (IsKnown(encoding))
            ExpectTheSameInPieces(encoding, kMixed);
}

TEST(TextPieces, GiveTheSameForEveryRotationOfTheSample)
{
    for (const char *encoding : {"utf-8", "cp949", "utf-16", "cp932", "auto:cp949"})
        for (size_t by = 1; by < kMixed.size(); by += 7)
            ExpectTheSameInPieces(encoding, kMixed.substr(by) + kMixed.substr(0, by));
}

TEST(TextPieces, GiveTheSameForLinesBeyondWhatIsHeld)
{
    std::string bytes(65530, 'x');
    bytes += "\xC7\xD1\xB1\xDB \xC3\xBC" + std::string(70000, 'y') + "\xED\x95\x9C\nnext \xB0\xA1\n";
    for (subproc_text_errors errors : kPolicies) {
        Decoded whole = InPieces("auto:cp949", errors, true, bytes, {}, true);
        for (size_t cut = 65500; cut < 65560; cut++)
            ASSERT_EQ(InPieces("auto:cp949", errors, true, bytes, {cut}, true), whole) << cut;
        ASSERT_EQ(InPieces("auto:cp949", errors, true, bytes, {1, 65535, 65536, 131072}, true), whole);
    }
}

TEST(TextPieces, AreBorrowedUntilTheNextCallAndNeverNull)
{
    Decoder decoder("utf-8");
    EXPECT_EQ(decoder.Feed("\xED\x95"), "");
    EXPECT_EQ(decoder.Feed("\x9C!"), "한!");
    EXPECT_EQ(decoder.Feed(""), "");
    EXPECT_EQ(decoder.Flush(), "");
    EXPECT_EQ(decoder.Feed("\xE2"), "");
    EXPECT_EQ(decoder.Flush(), ""); // an incomplete character still waits
    EXPECT_EQ(decoder.Finish(), kBad);
    EXPECT_EQ(decoder.all.code, 0);
    decoder.Feed("x");
    EXPECT_EQ(decoder.all.code, SUBPROC_E_INVALID);
}

// ---- UTF-8 ---------------------------------------------------------------------------------------------------------

size_t BadParts(const std::string &text)
{
    size_t count = 0;
    for (size_t at = text.find(kBad); at != std::string::npos; at = text.find(kBad, at + kBad.size()))
        count++;
    return count;
}

// Counted with Python 3.11: bytes.decode('utf-8', 'replace').count('\ufffd').
struct {
    std::string bytes;
    size_t count;
} const kIllFormed[] = {
    {"\x80"s, 1},
    {"\xBF\xBF"s, 2},
    {"\xC0\xAF"s, 2},
    {"\xC1\xBF"s, 2},
    {"\xC2"s, 1},
    {"\xC2\x41"s, 1},
    {"\xE0\x80\x80"s, 3},
    {"\xE0\xA0"s, 1},
    {"\xE0\xA0\x41"s, 1},
    {"\xED\xA0\x80"s, 3},
    {"\xED\xB0\x80"s, 3},
    {"\xED\x9F"s, 1},
    {"\xF0\x80\x80\x80"s, 4},
    {"\xF0\x90"s, 1},
    {"\xF0\x90\x80"s, 1},
    {"\xF0\x90\x80\x41"s, 1},
    {"\xF4\x90\x80\x80"s, 4},
    {"\xF5\x80\x80\x80"s, 4},
    {"\xF8\x88\x80\x80\x80"s, 5},
    {"\xFF\xFE"s, 2},
    {"\xE2\x82\xE2\x82\xAC"s, 1},
    {"\xF1\x80\x80\xE1\x80\xC2\x62\x80\x63\x80\xBF\x64"s, 6},
    {"\xF0\x9F\x98\xED\x95\x9C"s, 1},
    {"\xED\x95\xED\x95\x9C"s, 1},
};

TEST(TextUtf8, ReplacesAsManyPartsAsPython)
{
    for (const auto &row : kIllFormed)
        EXPECT_EQ(BadParts(Decode("utf-8", row.bytes)), row.count) << testing::PrintToString(row.bytes);
}

uint32_t Crc32(const std::string &text, uint32_t crc)
{
    crc = ~crc;
    for (unsigned char byte : text) {
        crc ^= byte;
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
    }
    return ~crc;
}

void EachOf(const std::string &alphabet, size_t length, std::string &text, const std::function<void()> &visit)
{
    if (length == 0)
        return visit();
    for (char letter : alphabet) {
        text.push_back(letter);
        EachOf(alphabet, length - 1, text, visit);
        text.pop_back();
    }
}

// The bytes beside every border in Unicode's table 3-7; the sums are of what Python 3.11 makes of the same strings.
TEST(TextUtf8, AgreesWithPythonOnEveryStringUpToFourBytesOfTheBorders)
{
    const std::string borders(
        "\x00\x41\x7F\x80\x8F\x90\x9F\xA0\xBF\xC0\xC1\xC2\xDF\xE0\xE1\xEC\xED\xEE\xEF\xF0\xF1\xF3\xF4\xF5\xFF", 25);
    uint32_t replaced = 0, ignored = 0;
    for (size_t length = 0; length <= 4; length++) {
        std::string bytes;
        EachOf(borders, length, bytes, [&] {
            replaced = Crc32(Decode("utf-8", bytes) + "|", replaced);
            ignored = Crc32(Decode("utf-8", bytes, SUBPROC_ERRORS_IGNORE) + "|", ignored);
        });
    }
    EXPECT_EQ(replaced, 0xBC5BB2C3u);
    EXPECT_EQ(ignored, 0x05B77372u);
}

// Long enough for the part that takes many bytes at once, with one bad byte at each place of it.
TEST(TextUtf8, FindsABadByteAtEveryPlaceOfALongText)
{
    std::string good;
    while (good.size() < 300)
        good += "a한\u00E9\U0001F600z글 plain ";
    for (size_t at = 0; at < good.size(); at++) {
        std::string bytes = good;
        bytes[at] = '\xFF';
        std::string text = Decode("utf-8", bytes);
        size_t bad = text.find(kBad), expected = at;
        while (expected > 0 && (static_cast<unsigned char>(good[expected]) & 0xC0) == 0x80)
            expected--;
        ASSERT_EQ(bad, expected) << at;
    }
    EXPECT_EQ(Decode("utf-8", good), good);
}

TEST(TextUtf8, KeepsTheByteOrderMark)
{
    EXPECT_EQ(Decode("utf-8", "\xEF\xBB\xBFx"), "\xEF\xBB\xBFx");
}

// ---- policies ------------------------------------------------------------------------------------------------------

TEST(TextErrors, AreReplacedLeftOutOrShown)
{
    const std::string bytes = "a\xE2\x82z\xFF";
    EXPECT_EQ(Decode("utf-8", bytes), "a" + kBad + "z" + kBad);
    EXPECT_EQ(Decode("utf-8", bytes, SUBPROC_ERRORS_REPLACE), "a" + kBad + "z" + kBad);
    EXPECT_EQ(Decode("utf-8", bytes, SUBPROC_ERRORS_IGNORE), "az");
    EXPECT_EQ(Decode("utf-8", bytes, SUBPROC_ERRORS_BACKSLASH), "a\\xE2\\x82z\\xFF");
    EXPECT_EQ(Decode("cp949", "a\xC9\nb\xFF", SUBPROC_ERRORS_BACKSLASH), "a\\xC9\nb\\xFF");
}

TEST(TextErrors, AreCounted)
{
    for (subproc_text_errors errors : {SUBPROC_ERRORS_REPLACE, SUBPROC_ERRORS_IGNORE, SUBPROC_ERRORS_BACKSLASH})
        for (const char *encoding : {"utf-8", "auto:utf-8"}) {
            Decoder decoder(encoding, errors);
            decoder.Feed("a\xE2\x82z\xFF\n\xED\x95");
            EXPECT_EQ(decoder.BadParts(), 2u) << encoding;
            decoder.Finish();
            EXPECT_EQ(decoder.BadParts(), 3u) << encoding;
        }
    Decoder mark("utf-16");
    mark.Feed("\xFF\xFE\0\xDC\x61"s);
    mark.Finish();
    EXPECT_EQ(mark.BadParts(), 2u);
}

// How a wrong line reads is told for the console's page first.
class TextHints : public testing::Test
{
  protected:
    void SetUp() override
    {
        NEEDS_HANGUL_ON_THE_CONSOLE();
    }
};

TEST_F(TextHints, SayWhereAndHowTheLineReads)
{
    Decoded decoded = DecodeWhole("utf-8", SUBPROC_ERRORS_STRICT, false, "ok\nkey \xB1\xDB\xC0\xDA\nnext\n");
    EXPECT_EQ(decoded.code, SUBPROC_E_DECODE);
    EXPECT_EQ(decoded.text, "ok\nkey ");
    EXPECT_EQ(decoded.message, "byte 0xB1 at offset 7 is not UTF-8; the line reads as cp949: key 글자");
    EXPECT_EQ(Decode("cp949", "\xED\x95\x9C", SUBPROC_ERRORS_STRICT),
              "! DECODE: byte 0xED at offset 0 is not cp949; the line reads as UTF-8: 한");
    EXPECT_EQ(Decode("utf-8", "x\xFF", SUBPROC_ERRORS_STRICT), "! DECODE: byte 0xFF at offset 1 is not UTF-8");
    EXPECT_EQ(Decode("auto:cp949", "x\xFF\n", SUBPROC_ERRORS_STRICT),
              "! DECODE: byte 0xFF at offset 1 is neither UTF-8 nor cp949");
    EXPECT_EQ(Decode("utf-16le", "a\0\0\xDC"s, SUBPROC_ERRORS_STRICT), "! DECODE: byte 0x00 at offset 2 is not utf-16le");
}

TEST_F(TextHints, SayHowALineOfAutoReads)
{
    EXPECT_EQ(Decode("auto:utf-8", "ok\nkey \xB1\xDB\xC0\xDA\r\nnext\n", SUBPROC_ERRORS_STRICT),
              "! DECODE: byte 0xB1 at offset 7 is not UTF-8; the line reads as cp949: key 글자");
    EXPECT_EQ(Decode("auto:ascii", "\xB1\xDB", SUBPROC_ERRORS_STRICT),
              "! DECODE: byte 0xB1 at offset 0 is neither UTF-8 nor ascii; the line reads as cp949: 글");
    Decoder decoder("auto:utf-8", SUBPROC_ERRORS_STRICT); // a prompt that was asked for: its line isn't known
    decoder.Feed("name \xB1\xDB: ");
    decoder.Flush();
    EXPECT_EQ(decoder.all.message, "byte 0xB1 at offset 5 is not UTF-8");
}

TEST_F(TextHints, SayHowALongLineReads)
{
    const std::string shown(160, 'x');
    for (const char *encoding : {"utf-8", "auto:utf-8"})
        for (size_t size : {5000u, 65000u, 65536u, 200000u}) {
            const std::string line = std::string(size - 2, 'x') + "\xB1\xDB";
            const Decoded decoded = DecodeWhole(encoding, SUBPROC_ERRORS_STRICT, false, "ok\n" + line + "\nnext\n");
            const bool is_kept = size < 65536 || (size == 65536 && std::string(encoding) == "utf-8");
            EXPECT_EQ(decoded.message, "byte 0xB1 at offset " + std::to_string(size + 1) + " is not UTF-8" +
                                           (is_kept ? "; the line reads as cp949: " + shown + "…" : ""))
                << encoding << ' ' << size;
        }
}

TEST_F(TextHints, StayOnceTheyWereTold)
{
    Decoder decoder("utf-8", SUBPROC_ERRORS_STRICT);
    EXPECT_EQ(decoder.Feed("ab\xFF"), "ab"); // the rest of the line may tell more
    EXPECT_EQ(decoder.all.code, 0);
    EXPECT_EQ(decoder.Feed("cd\n"), "");
    EXPECT_EQ(decoder.all.code, SUBPROC_E_DECODE);
    decoder.all.code = 0;
    EXPECT_EQ(decoder.Finish(), "");
    EXPECT_EQ(decoder.all.code, SUBPROC_E_DECODE);
    EXPECT_EQ(decoder.all.message, "byte 0xFF at offset 2 is not UTF-8");
}

TEST_F(TextHints, AreToldByFlushForAPromptThatIsWrong)
{
    Decoder decoder("utf-8", SUBPROC_ERRORS_STRICT);
    decoder.Feed("name \xB1\xDB: ");
    EXPECT_EQ(decoder.all.code, 0);
    decoder.Flush();
    EXPECT_EQ(decoder.all.message, "byte 0xB1 at offset 5 is not UTF-8; the line reads as cp949: name 글: ");
}

// ---- line ends -----------------------------------------------------------------------------------------------------

TEST(TextNewlines, BecomeLineFeedsAcrossPieces)
{
    EXPECT_EQ(Decode("utf-8", "a\r\nb\rc\n\r\r\n\n", SUBPROC_ERRORS_DEFAULT, true), "a\nb\nc\n\n\n\n");
    EXPECT_EQ(Decode(nullptr, "a\r\n\xFF\r", SUBPROC_ERRORS_DEFAULT, true), "a\n\xFF\n");
    EXPECT_EQ(Decode("utf-8", "a\r\nb\r"), "a\r\nb\r");
    EXPECT_EQ(Decode("utf-16le", "a\0\r\0\n\0"s, SUBPROC_ERRORS_DEFAULT, true), "a\n");
    Decoder decoder("utf-8", SUBPROC_ERRORS_DEFAULT, true);
    EXPECT_EQ(decoder.Feed("a\r"), "a\n"); // at once: nobody waits for an LF that may not come
    EXPECT_EQ(decoder.Feed(""), "");
    EXPECT_EQ(decoder.Feed("\n"), "");
    EXPECT_EQ(decoder.Feed("\n"), "\n");
}

TEST(TextNewlines, AreNeverSwallowedByABadByte)
{
    for (const char *encoding : {"utf-8", "cp949", "euc-kr", "cp932", "cp936", "johab", "euc-jp", "auto:cp949"})
        for (int byte = 0x80; byte < 0x100; byte++)
            for (const char *end : {"\n", "\r\n"}) {
                std::string text = Decode(encoding, std::string(1, static_cast<char>(byte)) + end + "z");
                ASSERT_TRUE(text.ends_with(std::string(end) + "z")) << encoding << ' ' << byte;
            }
}

// ---- names ---------------------------------------------------------------------------------------------------------

TEST(TextNames, AreKnownInManySpellings)
{
    const std::string bytes = "\xC7\xD1\xB1\xDB";
    for (const char *name : {"cp949", "CP949", "949", "uhc", "UHC", "ks_c_5601-1987", "KS_C_5601-1987", "windows-949",
                             "ms949", "euc-kr", "EUC_KR", "eucKR", "auto:949"})
        EXPECT_EQ(Decode(name, bytes), "한글") << name;
    for (const char *name : {"utf-8", "UTF8", "utf_8", "cp65001", "65001", "Auto:UTF-8"})
        EXPECT_EQ(Decode(name, "\xED\x95\x9C"), "한") << name;
    for (const char *name : {"latin1", "ISO-8859-1", "iso8859-1", "L1", "28591"})
        EXPECT_EQ(Decode(name, "\xE9\x80"), "\u00E9\u0080") << name;
}

TEST(TextNames, ThatAreUnknownAreRefusedWithTheirName)
{
    for (const char *name :
         {"klingon", "cp0", "cp99999", "99999999999", "utf-8//IGNORE", "auto:klingon", "auto:", "autom", "é"}) {
        Decoder decoder(name);
        EXPECT_EQ(decoder.all.code, SUBPROC_E_ENCODING) << name;
        EXPECT_EQ(Encode(name, "x").substr(0, 11), "! ENCODING:") << name;
    }
    EXPECT_EQ(Decoder("klingon").all.message, "encoding 'klingon' is unknown here");
    EXPECT_EQ(Decoder("").all.message, "'' is no name of an encoding");
}

TEST(TextNames, OfAutoNeedAPageOfLines)
{
    for (const char *name :
         {"auto:utf-16le", "auto:utf-16", "auto:utf-7", "auto:iso-2022-kr", "auto:iso-2022-jp", "auto:hz"})
        EXPECT_EQ(Decoder(name).all.code, SUBPROC_E_ENCODING) << name;
    for (const char *name : {"auto", "auto:console", "auto:cp949", "auto:cp932", "auto:cp1252", "auto:utf-8"})
        EXPECT_EQ(Decoder(name).all.code, 0) << name;
}

TEST(TextNames, ConsoleIsAlwaysKnown)
{
    EXPECT_EQ(Decode("console", "plain\n"), "plain\n");
    EXPECT_EQ(Encode("console", "plain\n"), "plain\n");
    EXPECT_EQ(Encode("auto", "plain\n"), "plain\n");
}

TEST(TextOptions, AreChecked)
{
    subproc_decoder *decoder = nullptr;
    subproc_error error;
    subproc_text text = {};
    text.reserved[7] = 1;
    EXPECT_EQ(subproc_decoder_new(&text, &decoder, &error), SUBPROC_E_INVALID);
    text.reserved[7] = 0;
    text.errors = static_cast<subproc_text_errors>(5);
    EXPECT_EQ(subproc_decoder_new(&text, &decoder, &error), SUBPROC_E_INVALID);
    EXPECT_EQ(subproc_decoder_new(nullptr, nullptr, &error), SUBPROC_E_INVALID);
    EXPECT_EQ(subproc_decoder_new(nullptr, &decoder, &error), 0);
    const char *piece;
    size_t size;
    EXPECT_EQ(subproc_decoder_feed(decoder, nullptr, 1, &piece, &size, &error), SUBPROC_E_INVALID);
    EXPECT_EQ(subproc_decoder_feed(decoder, nullptr, 0, &piece, &size, nullptr), 0);
    EXPECT_STREQ(piece, "");
    subproc_decoder_free(decoder);
    subproc_decoder_free(nullptr);
    EXPECT_EQ(subproc_strerror(SUBPROC_E_DECODE), std::string("can't be decoded"));
    EXPECT_EQ(subproc_error_name(-20), std::string("ENCODING"));
}

// ---- lines ---------------------------------------------------------------------------------------------------------

using Lines = std::vector<std::string>;

Decoded ToldOf(const char *encoding, subproc_text_errors errors, bool newlines, const std::string &bytes)
{
    return InPieces(encoding, errors, newlines, bytes, {}, true);
}

TEST(TextLines, AreToldOfOneEncodingToo)
{
    const std::string bytes = "plain\r\n\xC7\xD1\xB1\xDB\r\xFF\xC9\n\nend \xB0\xA1";
    EXPECT_EQ(ToldOf("cp949", SUBPROC_ERRORS_DEFAULT, false, bytes).lines,
              (Lines{"ascii:0+7", "cp949:7+5", "cp949:12+3!2", "ascii:15+1", "cp949:16+6"}));
    EXPECT_EQ(ToldOf("utf-8", SUBPROC_ERRORS_IGNORE, true, "\xED\x95\x9C\r\xFF\r\nz").lines,
              (Lines{"utf-8:0+4", "utf-8:4+3!1", "ascii:7+1"}));
    EXPECT_EQ(ToldOf(nullptr, SUBPROC_ERRORS_DEFAULT, false, "a\n\xFF").lines, (Lines{"ascii:0+2", "bytes:2+1"}));
}

TEST(TextLines, SayWhereTheirTextIs)
{
    struct Slices {
        std::vector<uint64_t> sizes;
    } slices;
    for (bool newlines : {false, true}) {
        slices.sizes.clear();
        subproc_text text = {};
        text.encoding = "auto:cp949";
        text.errors = SUBPROC_ERRORS_IGNORE;
        text.newlines = newlines;
        subproc_decoder *decoder = nullptr;
        ASSERT_EQ(subproc_decoder_new(&text, &decoder, nullptr), 0);
        auto add = [](void *context, const subproc_line *line) {
            static_cast<Slices *>(context)->sizes.push_back(line->text_size);
        };
        ASSERT_EQ(subproc_decoder_each_line(decoder, add, &slices, nullptr), 0);
        const std::string bytes = "a\r\xFF\n\xB0\xA1\r\n\r\nz";
        const char *piece;
        size_t size;
        ASSERT_EQ(subproc_decoder_feed(decoder, bytes.data(), bytes.size(), &piece, &size, nullptr), 0);
        ASSERT_EQ(subproc_decoder_finish(decoder, &piece, &size, nullptr), 0);
        // The bad byte between CR and LF goes, and in the text they are one end.
        EXPECT_EQ(slices.sizes, newlines ? (std::vector<uint64_t>{2, 0, 4, 1, 1}) : (std::vector<uint64_t>{2, 1, 5, 2, 1}));
        subproc_decoder_free(decoder);
    }
}

TEST(TextLines, ThatEndWithCrAreToldWithTheNextByte)
{
    for (const char *encoding : {"auto:cp949", "utf-8"}) {
        Decoder decoder(encoding);
        ASSERT_TRUE(decoder.TellLines());
        decoder.Feed("50%\r");
        EXPECT_EQ(decoder.all.lines, Lines{});
        decoder.Feed("6");
        EXPECT_EQ(decoder.all.lines, Lines{"ascii:0+4"});
        decoder.Feed("0%\r");
        decoder.Finish();
        EXPECT_EQ(decoder.all.lines, (Lines{"ascii:0+4", "ascii:4+4"})) << encoding;
    }
}

TEST(TextLines, AreToldForPagesOfSingleBytes)
{
    for (std::string encoding : {"cp1252", "cp437", "cp866", "iso-8859-1", "iso-8859-15"}) {
        Decoder decoder(encoding.c_str());
        ASSERT_TRUE(decoder.TellLines()) << encoding;
        decoder.Feed("x\n\xE9\n");
        decoder.Finish();
        EXPECT_EQ(decoder.all.lines, (Lines{"ascii:0+2", encoding + ":2+2"}));
    }
}

TEST(TextLines, AreToldFromTheFirstFeedOnOrNotAtAll)
{
    for (const char *encoding : {"auto", "cp949"}) {
        Decoder decoder(encoding);
        decoder.Feed("\xB0");
        EXPECT_FALSE(decoder.TellLines()) << encoding;
    }
    for (const char *encoding : {"utf-16", "utf-16be"}) {
        Decoder decoder(encoding);
        EXPECT_FALSE(decoder.TellLines()) << encoding;
    }
    // Nor does asking change a page with shift states.
    const Decoded plain = InPieces("iso-2022-kr", SUBPROC_ERRORS_DEFAULT, false, "\x8A\n", {}, false);
    EXPECT_EQ(InPieces("iso-2022-kr", SUBPROC_ERRORS_DEFAULT, false, "\x8A\n", {}, true), plain);
    subproc_error error;
    EXPECT_EQ(subproc_decoder_each_line(nullptr, nullptr, nullptr, &error), SUBPROC_E_INVALID);
}

// ---- other encodings -----------------------------------------------------------------------------------------------

struct {
    const char *encoding;
    std::string bytes;
    std::string text;
} const kOthers[] = {
    {"cp932", "\x83\x65\x83\x58\x83\x67 \x93\xFA\x96\x7B\xB1", "テスト 日本ｱ"},
    {"shift_jis", "\x93\xFA", "日"},
    {"cp936", "\xD6\xD0\xCE\xC4\x81\x40", "中文丂"},
    {"gb18030", "\xD6\xD0\x81\x30\x84\x36", "中¥"},
    {"cp950", "\xA4\xA4\xA4\xE5", "中文"},
    {"johab", "\xD0\x65\x8B\x69", "한글"},
    {"euc-jp", "\xC6\xFC\xCB\xDC\x8E\xB1\x8F\xB0\xA1", "日本ｱ丂"},
    {"euc-kr", "\xC7\xD1\xB1\xDB", "한글"},
    {"cp1252", "caf\xE9 \x80\x93x\x94", "café €“x”"},
    {"iso-8859-2", "\xB1\xE6\xF3", "ąćó"},
    {"iso-8859-15", "\xA4", "€"},
    {"koi8-r", "\xD0\xD2\xC9\xD7\xC5\xD4", "привет"},
    {"cp866", "\xAF\xE0\xA8", "при"},
    {"cp437", "\x81", "ü"},
    {"utf-16le", "\x5C\xD5\x3D\xD8\x00\xDE"s, "한😀"},
    {"utf-16be", "\xD5\x5C\xD8\x3D\xDE\x00"s, "한😀"},
};

TEST(TextOthers, GoBothWays)
{
    int known = 0;
    for (const auto &row : kOthers) {
        if (!IsKnown(row.encoding))
            continue;
        known++;
        EXPECT_EQ(Decode(row.encoding, row.bytes), row.text) << row.encoding;
        EXPECT_EQ(Encode(row.encoding, row.text), row.bytes) << row.encoding;
    }
    // Wine has no gb18030 and musl no johab.
    EXPECT_GE(known, 13);
}

TEST(TextOthers, TellBadFromIncomplete)
{
    for (const char *encoding : {"cp932", "cp936", "cp950"}) {
        EXPECT_EQ(Decode(encoding, "a\x93"), "a" + kBad) << encoding;
        EXPECT_EQ(Decode(encoding, "a\x93\n"), "a" + kBad + "\n") << encoding;
    }
    EXPECT_EQ(Decode("utf-16le", "a\0\x3D\xD8"s), "a" + kBad);
    EXPECT_EQ(Decode("utf-16le", "a\0\x3D\xD8z\0"s), "a" + kBad + "z");
    EXPECT_EQ(Decode("utf-16le", "a\0b"s), "a" + kBad);
}

TEST(TextOthers, OfUtf16GoByTheirMark)
{
    EXPECT_EQ(Decode("utf-16", "\xFF\xFE"
                               "a\0"s),
              "a");
    EXPECT_EQ(Decode("utf-16", "\xFE\xFF\0a"s), "a");
    EXPECT_EQ(Decode("utf-16", "a\0"s), "a");
    EXPECT_EQ(Encode("utf-16", "a"), "\xFF\xFE"
                                     "a\0"s);
    EXPECT_EQ(Decode("utf-16", Encode("utf-16", "한글\n")), "한글\n");
}

// ---- encoding ------------------------------------------------------------------------------------------------------

TEST(TextEncode, RefusesWhatTheEncodingLacksByCharacterAndOffset)
{
    EXPECT_EQ(Encode("cp949", "ab😀"), "! ENCODING: '😀' (U+1F600) at offset 2 can't be said in cp949");
    EXPECT_EQ(Encode("euc-kr", "한뷁"), "! ENCODING: '뷁' (U+BDC1) at offset 3 can't be said in euc-kr");
    EXPECT_EQ(Encode("ascii", "é"), "! ENCODING: 'é' (U+00E9) at offset 0 can't be said in ascii");
    EXPECT_EQ(Encode("cp1252", "x한"), "! ENCODING: '한' (U+D55C) at offset 1 can't be said in cp1252");
    EXPECT_EQ(Encode("cp932", "日😀"), "! ENCODING: '😀' (U+1F600) at offset 3 can't be said in cp932");
    EXPECT_EQ(Encode("utf-8", "a\xFF"), "! INVALID: byte 0xFF at offset 1 is not UTF-8");
    EXPECT_EQ(Encode(nullptr, "a\xFF"), "a\xFF");
}

// What WideCharToMultiByte and transliterating converters are known to make look alike.
TEST(TextEncode, NeverTakesWhatLooksAlike)
{
    for (const char *text : {"₩", "＂", "“", "…", "é", "ﬁ", "№"})
        EXPECT_EQ(Encode("ascii", text).substr(0, 11), "! ENCODING:") << text;
    for (const char *text : {"＂", "ā", "Ω", "≤", "∞"})
        EXPECT_EQ(Encode("cp1252", text).substr(0, 11), "! ENCODING:") << text;
    EXPECT_EQ(Encode("cp949", "₩").substr(0, 11), "! ENCODING:"); // a backslash by best fit
    EXPECT_EQ(Encode("cp949", "é").substr(0, 11), "! ENCODING:");
    EXPECT_EQ(Encode("cp932", "é").substr(0, 11), "! ENCODING:");
    EXPECT_EQ(Encode("cp936", "₩").substr(0, 11), "! ENCODING:");
}

TEST(TextEncode, GivesWhatComesBack)
{
    const std::string text = "한글 words\n∑ 漢字 뷁\r\n";
    for (const char *encoding : {"cp949", "utf-8", "utf-16le", "utf-16be", "auto:cp949"})
        EXPECT_EQ(Decode(encoding, Encode(encoding, text)), text) << encoding;
    EXPECT_EQ(Encode("cp949", ""), "");
}

} // namespace
