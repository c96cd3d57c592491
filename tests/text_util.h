// Decoding and encoding as the tests of text call them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "subproc/subproc.h"

struct Decoded {
    int code = 0;
    std::string text;
    std::string message;
    std::vector<std::string> lines; // "encoding:offset+size", where asked for, with "!bad parts" if it has any
    uint64_t text_of_lines = 0;     // bytes

    bool operator==(const Decoded &) const = default;
};

// A decoder that adds up what it gives.
class Decoder
{
  public:
    explicit Decoder(const char *encoding, subproc_text_errors errors = SUBPROC_ERRORS_DEFAULT, bool newlines = false)
    {
        subproc_text text = {};
        text.encoding = encoding;
        text.errors = errors;
        text.newlines = newlines;
        subproc_error error;
        all.code = subproc_decoder_new(&text, &decoder_, &error);
        all.message = error.message;
    }

    ~Decoder()
    {
        subproc_decoder_free(decoder_);
    }

    Decoder(const Decoder &) = delete;
    Decoder &operator=(const Decoder &) = delete;

    // False where the encoding has no lines.
    bool TellLines()
    {
        return subproc_decoder_each_line(decoder_, AddLine, &all, nullptr) == 0;
    }

    uint64_t BadParts() const
    {
        return subproc_decoder_bad_parts(decoder_);
    }

    // What this piece gave.
    std::string Feed(std::string_view bytes)
    {
        const char *text;
        size_t size;
        return Add(
            [&](subproc_error *error) {
                return subproc_decoder_feed(decoder_, bytes.data(), bytes.size(), &text, &size, error);
            },
            &text, &size);
    }

    std::string Flush()
    {
        const char *text;
        size_t size;
        return Add([&](subproc_error *error) { return subproc_decoder_flush(decoder_, &text, &size, error); }, &text,
                   &size);
    }

    std::string Finish()
    {
        const char *text;
        size_t size;
        return Add([&](subproc_error *error) { return subproc_decoder_finish(decoder_, &text, &size, error); }, &text,
                   &size);
    }

    Decoded all;

  private:
    static void AddLine(void *context, const subproc_line *line)
    {
        auto *all = static_cast<Decoded *>(context);
        std::string bad = line->bad_parts > 0 ? "!" + std::to_string(line->bad_parts) : "";
        all->lines.push_back(std::string(line->encoding) + ":" + std::to_string(line->offset) + "+" +
                             std::to_string(line->size) + bad);
        all->text_of_lines += line->text_size;
    }

    template <typename Call> std::string Add(Call call, const char **text, size_t *size)
    {
        if (all.code != 0)
            return {};
        subproc_error error;
        all.code = call(&error);
        all.message = error.message;
        all.text.append(*text, *size);
        return std::string(*text, *size);
    }

    subproc_decoder *decoder_ = nullptr;
};

inline Decoded DecodeWhole(const char *encoding, subproc_text_errors errors, bool newlines, std::string_view bytes)
{
    Decoder decoder(encoding, errors, newlines);
    decoder.Feed(bytes);
    decoder.Finish();
    return decoder.all;
}

inline std::string Decode(const char *encoding, std::string_view bytes, subproc_text_errors errors = SUBPROC_ERRORS_DEFAULT,
                          bool newlines = false)
{
    subproc_text text = {};
    text.encoding = encoding;
    text.errors = errors;
    text.newlines = newlines;
    char *decoded = nullptr;
    size_t size = 0;
    subproc_error error;
    if (subproc_decode(&text, bytes.data(), bytes.size(), &decoded, &size, &error) != 0)
        return std::string("! ") + subproc_error_name(error.code) + ": " + error.message;
    std::string result(decoded, size);
    subproc_free_string(decoded);
    return result;
}

inline std::string Encode(const char *encoding, std::string_view text)
{
    char *encoded = nullptr;
    size_t size = 0;
    subproc_error error;
    if (subproc_encode(encoding, text.data(), text.size(), &encoded, &size, &error) != 0)
        return std::string("! ") + subproc_error_name(error.code) + ": " + error.message;
    std::string result(encoded, size);
    subproc_free_string(encoded);
    return result;
}

inline std::string Utf8(uint32_t point)
{
    std::string text;
    if (point < 0x80)
        return {static_cast<char>(point)};
    int more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    text += static_cast<char>((0xFF00u >> (more + 1) & 0xFF) | point >> 6 * more);
    while (more-- > 0)
        text += static_cast<char>(0x80 | (point >> 6 * more & 0x3F));
    return text;
}

// The code points of well-formed text.
inline std::vector<uint32_t> Points(std::string_view text)
{
    std::vector<uint32_t> points;
    for (unsigned char byte : text) {
        if (byte < 0x80)
            points.push_back(byte);
        else if (byte >= 0xC0)
            points.push_back(byte & (byte < 0xE0 ? 0x1F : byte < 0xF0 ? 0x0F : 0x07));
        else
            points.back() = points.back() << 6 | (byte & 0x3F);
    }
    return points;
}
