// Where the system's own cp949 differs from ours, which tests/cp949_test.cc holds to Windows' table.
#include <gtest/gtest.h>

#include <string>
#include <vector>

extern "C" {
#include "os.h"
}

#include "text_util.h"

namespace
{

// What the system makes of a few bytes; "bad" where it can't read them whole.
class SystemCp949
{
  public:
    SystemCp949()
    {
        subproc_error error = {};
        code = subproc_os_converter_open("cp949", 949, false, &converter_, &error);
    }

    ~SystemCp949()
    {
        subproc_os_converter_close(converter_);
    }

    std::string Read(const std::string &bytes)
    {
        char text[32];
        const char *in = bytes.data();
        char *out = text;
        size_t left = bytes.size(), room = sizeof text;
        bool whole = subproc_os_convert(converter_, &in, &left, &out, &room) == SUBPROC_OS_CONVERTED_ALL;
        return whole ? std::string(text, static_cast<size_t>(out - text)) : "bad";
    }

    int code;

  private:
    subproc_os_converter *converter_ = nullptr;
};

std::string Ours(const std::string &bytes)
{
    std::string text = Decode("cp949", bytes, SUBPROC_ERRORS_STRICT);
    return text.starts_with("! ") ? "bad" : text;
}

// glibc's has no 0x80 and no user-defined rows. Wine's is the same as ours; Windows' table has U+F8F7 for 0xFF, which Wine
// refuses as we do. (musl differs in some 430 places; nothing rests on it.)
TEST(SystemConverter, DiffersFromOurCp949InKnownPlacesOnly)
{
    SystemCp949 system;
    ASSERT_EQ(system.code, 0);
    std::vector<int> bytes;
    for (int byte = 0; byte < 0x100; byte++)
        if (std::string text(1, static_cast<char>(byte)); system.Read(text) != Ours(text) && byte != 0xFF)
            bytes.push_back(byte);
    EXPECT_EQ(Ours("\xFF"), "bad");
    EXPECT_EQ(bytes, (subproc_os_traits.win32 ? std::vector<int>{} : std::vector<int>{0x80}));
    for (int lead = 0x81; lead < 0xFF; lead++)
        for (int trail = 0x41; trail < 0xFF; trail++) {
            std::string pair = {static_cast<char>(lead), static_cast<char>(trail)};
            bool user_defined = (lead == 0xC9 || lead == 0xFE) && trail >= 0xA1;
            bool differs = system.Read(pair) != Ours(pair);
            ASSERT_EQ(differs, user_defined && !subproc_os_traits.win32) << std::hex << lead << trail;
        }
}

TEST(SystemConverter, TellsOpenFromBad)
{
    subproc_error error = {};
    subproc_os_converter *converter = nullptr;
    ASSERT_EQ(subproc_os_converter_open("cp932", 932, false, &converter, &error), 0);
    auto end = [&](const std::string &bytes) {
        char text[32];
        const char *in = bytes.data();
        char *out = text;
        size_t left = bytes.size(), room = sizeof text;
        return subproc_os_convert(converter, &in, &left, &out, &room);
    };
    EXPECT_EQ(end("a\x93\xFA"), SUBPROC_OS_CONVERTED_ALL);
    EXPECT_EQ(end("a\x93"), SUBPROC_OS_CONVERTED_OPEN);
    EXPECT_EQ(end("a\x93\n"), SUBPROC_OS_CONVERTED_BAD);
    EXPECT_EQ(end("\xFD\x41"), SUBPROC_OS_CONVERTED_BAD);
    EXPECT_EQ(end(std::string(40, 'a')), SUBPROC_OS_CONVERTED_FULL);
    subproc_os_converter_close(converter);
    subproc_os_converter_close(nullptr);
    EXPECT_EQ(subproc_os_converter_open("klingon", 0, false, &converter, &error), SUBPROC_E_ENCODING);
}

TEST(SystemConsole, HasAnEncoding)
{
    char name[48];
    subproc_error error = {};
    ASSERT_EQ(subproc_os_console_encoding(name, sizeof name, &error), 0);
    EXPECT_STRNE(name, "");
}

} // namespace
