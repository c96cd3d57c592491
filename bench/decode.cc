// How fast text is decoded, beside the system's iconv on the same buffers: bench_decode [MIB [CHUNK_KIB]], 100 MiB in chunks of
// 64 KiB. POSIX only, for iconv. Ratios above 1: we are faster.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include <iconv.h>

#include "subproc/subproc.h"

namespace
{

std::string Encode(const char *encoding, const std::string &text)
{
    char *bytes = nullptr;
    size_t size = 0;
    if (subproc_encode(encoding, text.data(), text.size(), &bytes, &size, nullptr) != 0)
        std::abort();
    std::string encoded(bytes, size);
    subproc_free_string(bytes);
    return encoded;
}

// Words in UTF-8, in lines; 11: Hangul without spaces.
std::string Text(int hangul_in_ten, size_t size)
{
    static const char *const syllables[] = {"가", "나", "다", "라", "마", "한", "글", "의", "를", "이",
                                            "자", "식", "프", "로", "세", "스", "종", "료", "상", "태",
                                            "출", "력", "파", "일", "명", "령", "입", "하", "고", "뷁"};
    std::mt19937 random(7);
    std::string text;
    size_t line = 0;
    while (text.size() < size) {
        bool hangul = static_cast<int>(random() % 10) < hangul_in_ten;
        for (size_t letters = 2 + random() % 5; letters > 0; letters--)
            text += hangul ? syllables[random() % std::size(syllables)]
                           : std::string(1, static_cast<char>('a' + random() % 26));
        bool end = ++line % 12 == 0;
        if (end || hangul_in_ten <= 10)
            text += end ? '\n' : ' ';
    }
    return text;
}

using Pass = std::function<void(const std::string &bytes, size_t chunk)>;

void WithDecoder(const char *encoding, const std::string &bytes, size_t chunk)
{
    subproc_text text = {};
    text.encoding = encoding;
    text.errors = SUBPROC_ERRORS_STRICT;
    subproc_decoder *decoder = nullptr;
    if (subproc_decoder_new(&text, &decoder, nullptr) != 0)
        std::abort();
    const char *piece;
    size_t size;
    for (size_t at = 0; at < bytes.size(); at += chunk)
        if (subproc_decoder_feed(decoder, bytes.data() + at, std::min(chunk, bytes.size() - at), &piece, &size, nullptr) !=
            0)
            std::abort();
    subproc_decoder_free(decoder);
}

void WithIconv(const char *encoding, const std::string &bytes, size_t chunk)
{
    iconv_t converter = iconv_open("UTF-8", encoding);
    std::vector<char> out(chunk * 3 + 64);
    for (size_t at = 0; at < bytes.size();) {
        char *in = const_cast<char *>(bytes.data()) + at, *to = out.data();
        size_t left = std::min(chunk, bytes.size() - at), room = out.size(), before = left;
        iconv(converter, &in, &left, &to, &room);
        if (left == before)
            std::abort();
        at += before - left;
    }
    iconv_close(converter);
}

// MiB per second of CPU time.
double Speed(const Pass &pass, const std::string &bytes, size_t chunk)
{
    std::clock_t begin = std::clock();
    pass(bytes, chunk);
    double took = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
    return static_cast<double>(bytes.size()) / took / 1048576;
}

} // namespace

int main(int count, char **words)
{
    size_t total = static_cast<size_t>(count > 1 ? std::atoi(words[1]) : 100) << 20;
    size_t chunk = static_cast<size_t>(count > 2 ? std::atoi(words[2]) : 64) << 10;
    struct {
        const char *name;
        int hangul;
    } const kinds[] = {{"ASCII", 0}, {"half Hangul", 5}, {"Hangul words", 10}, {"Hangul", 11}};
    struct {
        const char *ours, *iconv, *written;
    } const rows[] = {
        {"utf-8", "UTF-8", "utf-8"},      {"cp949", "CP949", "cp949"},   {"auto:cp949", "UTF-8", "utf-8"},
        {"auto:cp949", "CP949", "cp949"}, {"cp1252", "CP1252", "utf-8"}, {"cp932", "CP932", "cp932"},
    };
    std::printf("%-12s %-12s %-12s %10s %10s %7s\n", "encoding", "written in", "text", "MiB/s", "iconv", "ratio");
    for (const auto &row : rows)
        for (const auto &kind : kinds) {
            bool korean = std::string(row.written) != "cp932" && std::string(row.ours) != "cp1252";
            if (!korean && kind.hangul > 0)
                continue;
            std::string bytes = Encode(row.written, Text(kind.hangul, total));
            double ours = 0, iconv = 0; // the best of rounds in turn: others run on this machine too
            for (int round = 0; round < 5; round++) {
                ours = std::max(ours,
                                Speed([&](const std::string &b, size_t c) { WithDecoder(row.ours, b, c); }, bytes, chunk));
                iconv = std::max(iconv,
                                 Speed([&](const std::string &b, size_t c) { WithIconv(row.iconv, b, c); }, bytes, chunk));
            }
            std::printf("%-12s %-12s %-12s %10.0f %10.0f %7.1f\n", row.ours, row.written, kind.name, ours, iconv,
                        ours / iconv);
        }
}
