// Each allocation of decoding and encoding fails once: an honest error, and nothing is lost or kept. That no memory leaks is
// the address sanitizer's to say (the dev preset).
#include <gtest/gtest.h>

#include <string>

#include "fake/fake_os.h"
#include "text_util.h"

namespace
{

using namespace std::string_literals;

// Good and bad, lines of both of auto's kinds, in pieces that cut characters.
const std::string kBytes = "plain\r\n\xED\x95\x9C\xEA\xB8\x80 \xC2\x80\n\xC7\xD1\xB1\xDB \x90\x90\xFF\n\xC5\xB0\n"s +
                           std::string(300, 'x') + "\x8E\x63\n\xE2\x82"s;

const char *const kEncodings[] = {nullptr,      "utf-8",       "cp949",       "euc-kr",           "utf-16",
                                  "iso-8859-1", "fake-single", "fake-double", "auto:cp949",       "auto",
                                  "auto:utf-8", "auto:ascii",  "auto:euc-kr", "auto:fake-single", "auto:fake-double"};

Decoded InPieces(const char *encoding, subproc_text_errors errors)
{
    Decoder decoder(encoding, errors, true);
    for (size_t at = 0; at < kBytes.size(); at += 11)
        decoder.Feed(std::string_view(kBytes).substr(at, 11));
    decoder.Flush();
    decoder.Finish();
    return decoder.all;
}

// Does `scenario` again and again, another allocation failing each time, until none is left to fail.
template <typename Scenario> void FailEachAllocation(Scenario scenario)
{
    int n = 0;
    do {
        fake::Reset({.fail_allocation_at = ++n});
        scenario();
        ASSERT_EQ(fake::OpenConverters(), 0) << n;
        ASSERT_FALSE(testing::Test::HasFailure()) << n;
        ASSERT_LT(n, 1000);
    } while (fake::FailedCall() != "");
    EXPECT_GT(n, 1);
}

TEST(FailEachAllocationOf, ADecoder)
{
    for (const char *encoding : kEncodings)
        for (subproc_text_errors errors : {SUBPROC_ERRORS_STRICT, SUBPROC_ERRORS_REPLACE, SUBPROC_ERRORS_BACKSLASH}) {
            SCOPED_TRACE(std::string(encoding ? encoding : "bytes") + ' ' + std::to_string(errors));
            fake::Reset();
            const Decoded whole = InPieces(encoding, errors);
            ASSERT_TRUE(whole.code == 0 || whole.code == SUBPROC_E_DECODE) << whole.message;
            FailEachAllocation([&] {
                const Decoded decoded = InPieces(encoding, errors);
                if (decoded.code == SUBPROC_E_NO_MEMORY) {
                    EXPECT_NE(decoded.message, "");
                    EXPECT_TRUE(whole.text.starts_with(decoded.text));
                } else { // all that may be missing is how the line reads
                    EXPECT_EQ(decoded.code, whole.code) << decoded.message;
                    EXPECT_EQ(decoded.text, whole.text);
                    EXPECT_TRUE(whole.message.starts_with(decoded.message)) << decoded.message;
                }
            });
        }
}

TEST(FailEachAllocationOf, DecodingAllAtOnce)
{
    for (const char *encoding : kEncodings) {
        fake::Reset();
        const std::string whole = Decode(encoding, kBytes);
        FailEachAllocation([&] {
            const std::string decoded = Decode(encoding, kBytes);
            if (fake::FailedCall() != "") {
                EXPECT_TRUE(decoded.starts_with("! NO_MEMORY: ")) << decoded;
            } else {
                EXPECT_EQ(decoded, whole);
            }
        });
    }
}

TEST(FailEachAllocationOf, Encoding)
{
    for (const char *encoding : kEncodings) {
        const std::string name = encoding ? encoding : "";
        const bool latin = name.find("fake") != name.npos || name == "iso-8859-1", ascii = name == "auto:ascii";
        const std::string text = std::string(200, 'x') + (latin ? "é" : ascii ? "e" : "한글");
        fake::Reset();
        const std::string whole = Encode(encoding, text);
        ASSERT_FALSE(whole.starts_with("! ")) << whole;
        FailEachAllocation([&] {
            const std::string encoded = Encode(encoding, text);
            if (fake::FailedCall() != "") {
                EXPECT_TRUE(encoded.starts_with("! NO_MEMORY: ")) << encoded;
            } else {
                EXPECT_EQ(encoded, whole);
            }
        });
    }
}

} // namespace
