// How often `auto:cp949` takes a line for the wrong encoding: the message catalogues of the installed programs, each line
// alone and mixed at random into streams. bench_auto [FOLDER [LANGUAGE...]]: the folder that has ko/LC_MESSAGES (/usr/share/locale), the
// languages to hold against Korean (de fr es pl vi).
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "subproc/subproc.h"

namespace
{

uint32_t Word(const std::string &file, size_t at)
{
    uint32_t word = 0;
    if (at + 4 <= file.size())
        std::memcpy(&word, file.data() + at, 4);
    return word;
}

// The translations of a catalogue of this machine's byte order.
// https://www.gnu.org/software/gettext/manual/html_node/MO-Files.html
std::vector<std::string> Messages(const std::string &file)
{
    std::vector<std::string> messages;
    if (Word(file, 0) != 0x950412DE)
        return messages;
    uint32_t count = Word(file, 8), table = Word(file, 16);
    for (uint32_t i = 0; i < count; i++) {
        size_t size = Word(file, table + 8 * i), offset = Word(file, table + 8 * i + 4);
        if (offset + size <= file.size())
            messages.push_back(file.substr(offset, size));
    }
    return messages;
}

std::string Convert(const char *encoding, const std::string &bytes, bool decode)
{
    subproc_text text = {};
    text.encoding = encoding;
    text.errors = SUBPROC_ERRORS_STRICT;
    char *result = nullptr;
    size_t size = 0;
    if (decode)
        subproc_decode(&text, bytes.data(), bytes.size(), &result, &size, nullptr);
    else
        subproc_encode(encoding, bytes.data(), bytes.size(), &result, &size, nullptr);
    std::string converted(result ? result : "", size);
    subproc_free_string(result);
    return converted;
}

// The distinct lines in UTF-8 that have more than ASCII; of Korean, those with Hangul.
std::vector<std::string> Lines(const std::filesystem::path &folder, bool hangul)
{
    std::set<std::string> lines;
    std::error_code none;
    for (const auto &entry : std::filesystem::directory_iterator(folder, none)) {
        std::ifstream stream(entry.path(), std::ios::binary);
        std::string file{std::istreambuf_iterator<char>(stream), {}};
        for (const std::string &message : Messages(file)) {
            size_t begin = 0;
            while (begin < message.size()) {
                size_t end = std::min(message.find_first_of(std::string_view("\r\n\0", 3), begin), message.size());
                std::string line = message.substr(begin, end - begin);
                bool ascii = std::all_of(line.begin(), line.end(), [](unsigned char byte) { return byte < 0x80; });
                bool wanted = !ascii && Convert("utf-8", line, true) == line;
                if (wanted && hangul) {
                    wanted = false;
                    for (size_t at = 0; at + 2 < line.size(); at++) {
                        auto lead = static_cast<unsigned char>(line[at]), second = static_cast<unsigned char>(line[at + 1]);
                        wanted = wanted || (lead == 0xEA && second >= 0xB0) || lead == 0xEB || lead == 0xEC ||
                                 (lead == 0xED && second <= 0x9E);
                    }
                }
                if (wanted)
                    lines.insert(line);
                begin = end + 1;
            }
        }
    }
    return {lines.begin(), lines.end()};
}

struct Sample {
    std::string line; // in UTF-8
    std::string bytes;
    const char *encoding;
};

// Decodes the samples as one stream; how many lines were taken for the wrong encoding.
size_t Wrong(const std::vector<Sample> &samples, size_t begin, size_t end, bool show)
{
    subproc_text text = {};
    text.encoding = "auto:cp949";
    subproc_decoder *decoder = nullptr;
    if (subproc_decoder_new(&text, &decoder, nullptr) != 0)
        return end - begin;
    size_t wrong = 0;
    for (size_t i = begin; i < end; i++) {
        const char *piece;
        size_t size;
        std::string bytes = samples[i].bytes + "\n";
        subproc_decoder_feed(decoder, bytes.data(), bytes.size(), &piece, &size, nullptr);
        if (std::string_view(piece, size) == samples[i].line + "\n")
            continue;
        wrong++;
        if (show)
            std::printf("    %s: %s\n", samples[i].encoding, samples[i].line.c_str());
    }
    subproc_decoder_free(decoder);
    return wrong;
}

size_t WrongAlone(const std::vector<Sample> &samples)
{
    size_t wrong = 0;
    for (size_t i = 0; i < samples.size(); i++)
        wrong += Wrong(samples, i, i + 1, true);
    return wrong;
}

// Shuffled into streams of that many lines.
size_t WrongInStreams(std::vector<Sample> samples, size_t length, std::mt19937 &random)
{
    size_t wrong = 0;
    std::shuffle(samples.begin(), samples.end(), random);
    for (size_t begin = 0; begin < samples.size(); begin += length)
        wrong += Wrong(samples, begin, std::min(begin + length, samples.size()), true);
    return wrong;
}

void Measure(const char *language, const std::vector<Sample> &samples)
{
    std::mt19937 random(949);
    if (samples.empty()) {
        std::printf("%-12s no catalogues here\n", language);
        return;
    }
    std::printf("%-12s %7zu lines\n", language, samples.size());
    std::printf("  alone            %4zu wrong\n", WrongAlone(samples));
    for (size_t length : {20, 100, 1000}) {
        size_t wrong = 0, rounds = 5;
        for (size_t i = 0; i < rounds; i++)
            wrong += WrongInStreams(samples, length, random);
        std::printf("  streams of %-5zu %4zu wrong of %zu\n", length, wrong, rounds * samples.size());
    }
}

} // namespace

int main(int count, char **words)
{
    std::filesystem::path root = count > 1 ? words[1] : "/usr/share/locale";
    std::vector<Sample> utf8, cp949, both;
    std::mt19937 random(1);
    for (const std::string &line : Lines(root / "ko" / "LC_MESSAGES", true)) {
        std::string bytes = Convert("cp949", line, false);
        utf8.push_back({line, line, "utf-8"});
        if (!bytes.empty())
            cp949.push_back({line, bytes, "cp949"});
        both.push_back(!bytes.empty() && random() % 2 ? cp949.back() : utf8.back());
    }
    Measure("ko in UTF-8", utf8);
    Measure("ko in cp949", cp949);
    Measure("ko in both", both);
    std::vector<std::string> languages = {"de", "fr", "es", "pl", "vi"};
    if (count > 2)
        languages.assign(words + 2, words + count);
    for (const std::string &language : languages) {
        std::vector<Sample> samples;
        for (const std::string &line : Lines(root / language / "LC_MESSAGES", false))
            samples.push_back({line, line, "utf-8"});
        Measure(language.c_str(), samples);
    }
}
