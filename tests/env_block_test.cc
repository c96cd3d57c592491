// The environment block of CreateProcessW, on every host.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

extern "C" {
#include "win32/env_block.h"
}

namespace
{

using Strings = std::vector<std::string>;
using Wide = std::vector<uint16_t>;

uint16_t Fold(uint16_t unit)
{
    return unit >= 'a' && unit <= 'z' ? static_cast<uint16_t>(unit - 'a' + 'A') : unit;
}

int FoldedOrder(const uint16_t *a, size_t a_size, const uint16_t *b, size_t b_size)
{
    for (size_t i = 0; i < a_size && i < b_size; i++)
        if (Fold(a[i]) != Fold(b[i]))
            return Fold(a[i]) < Fold(b[i]) ? -1 : 1;
    return a_size < b_size ? -1 : a_size > b_size ? 1 : 0;
}

struct Block {
    std::vector<uint16_t> units;

    // The strings up to the empty one that ends the block.
    Strings Read() const
    {
        Strings strings;
        size_t at = 0;
        while (at < units.size() && units[at] != 0) {
            std::string text;
            for (; units[at] != 0; at++)
                text += static_cast<char>(units[at]);
            strings.push_back(text);
            at++;
        }
        EXPECT_EQ(at + (strings.empty() ? 2 : 1), units.size());
        return strings;
    }
};

Block Make(const Strings &strings)
{
    std::vector<Wide> wide;
    std::vector<const uint16_t *> pointers;
    for (const std::string &text : strings)
        wide.emplace_back(text.c_str(), text.c_str() + text.size() + 1);
    for (const Wide &text : wide)
        pointers.push_back(text.data());
    size_t count = 0;
    uint16_t *block = subproc_env_block(pointers.data(), pointers.size(), FoldedOrder, &count);
    EXPECT_NE(block, nullptr);
    Block made = {{block, block + count}};
    free(block);
    return made;
}

TEST(EnvBlock, IsTwoNulsWhenThereIsNothing)
{
    EXPECT_EQ(Make({}).units, (std::vector<uint16_t>{0, 0}));
}

TEST(EnvBlock, EndsEachStringAndTheWhole)
{
    EXPECT_EQ(Make({"A=b"}).units, (std::vector<uint16_t>{'A', '=', 'b', 0, 0}));
}

TEST(EnvBlock, SortsByNameWithoutRegardToCase)
{
    EXPECT_EQ(Make({"path=x", "Alpha=1", "PATHEXT=y", "beta=2"}).Read(),
              (Strings{"Alpha=1", "beta=2", "path=x", "PATHEXT=y"}));
}

// '=' is above '!' and below 'B': sorting whole strings instead of names would tell other orders here.
TEST(EnvBlock, SortsByTheNameAlone)
{
    EXPECT_EQ(Make({"A!=1", "A=2"}).Read(), (Strings{"A=2", "A!=1"}));
    EXPECT_EQ(Make({"AB=1", "A=2", "A=Z"}).Read()[2], "AB=1");
}

TEST(EnvBlock, TakesALeadingEqualSignForAPartOfTheName)
{
    EXPECT_EQ(Make({"A=1", "=D:=D:\\", "=C:=C:\\dir", "!=2"}).Read(), (Strings{"!=2", "=C:=C:\\dir", "=D:=D:\\", "A=1"}));
}

TEST(EnvBlock, TakesStringsWithoutAValueAndEmptyValues)
{
    EXPECT_EQ(Make({"B=", "A", "C=a=b"}).Read(), (Strings{"A", "B=", "C=a=b"}));
}

TEST(EnvBlock, KeepsUnitsThatAreNoText)
{
    const uint16_t lone[] = {'X', '=', 0xD800, 'y', 0xDC00, 0};
    const uint16_t *const strings[] = {lone};
    size_t count = 0;
    uint16_t *block = subproc_env_block(strings, 1, FoldedOrder, &count);
    ASSERT_NE(block, nullptr);
    EXPECT_EQ(std::vector<uint16_t>(block, block + count), (std::vector<uint16_t>{'X', '=', 0xD800, 'y', 0xDC00, 0, 0}));
    free(block);
}

TEST(EnvBlock, NeedsNoPlaceForItsSize)
{
    const uint16_t text[] = {'A', '=', 0};
    const uint16_t *const strings[] = {text};
    uint16_t *block = subproc_env_block(strings, 1, FoldedOrder, nullptr);
    ASSERT_NE(block, nullptr);
    free(block);
}

TEST(EnvBlock, SortsManyInAnyFirstOrder)
{
    Strings sorted;
    for (int i = 0; i < 2000; i++)
        sorted.push_back(std::to_string(100000 + i * 7) + "=" + std::to_string(i));
    Strings mixed = sorted;
    for (size_t i = 0; i < mixed.size(); i++)
        std::swap(mixed[i], mixed[(i * 7919) % mixed.size()]);
    EXPECT_EQ(Make(mixed).Read(), sorted);
}

} // namespace
