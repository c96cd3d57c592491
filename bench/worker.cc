// The measuring process of one peer. Each line of standard input is a work: NAME ROUNDS AMOUNT PROGRAM. It is answered by a
// line of figures, seconds mostly, or by "none" when the peer has no call for it. run.py has several of them take turns.
#include <iostream>
#include <sstream>

#include "peer.h"
#include "system.h"

namespace bench
{
namespace
{

double Seconds(const std::function<void()> &what)
{
    double begun = Now();
    what();
    return Now() - begun;
}

// What `exchange` sends; made once, so that it is not measured.
const std::string &Input(size_t size)
{
    static std::string input;
    if (input.size() != size)
        input.assign(size, 'x');
    return input;
}

// One measured round; null when the peer can't.
std::function<void()> Round(const Work &work)
{
    static std::string amount;
    static const char *words[3];
    amount = std::to_string(work.amount);
    words[0] = work.program.c_str();
    words[1] = work.name == "capture" ? amount.c_str() : nullptr;
    if (work.name == "start" && peer.start)
        return [] { peer.start(words); };
    if (work.name == "captured" && peer.captured)
        return [] { peer.captured(words); };
    if (work.name == "capture" && peer.capture)
        return [&] { Expect(peer.capture(words, work.amount) == work.amount, "captured another size"); };
    if (work.name == "exchange" && peer.exchange)
        return [&] { Expect(peer.exchange(words, Input(work.amount)) == work.amount, "another size came back"); };
    if (work.name == "many" && peer.many)
        return [&] { peer.many(words, work.amount, 2); };
    return nullptr;
}

bool Do(const Work &work, std::vector<double> &figures)
{
    std::function<void()> round = Round(work);
    if (!round)
        return SystemWork(work, figures);
    if (work.name == "exchange")
        Input(work.amount);
    for (size_t i = 0; i < work.rounds; i++)
        figures.push_back(Seconds(round));
    return true;
}

} // namespace
} // namespace bench

int main()
{
    std::string line;
    while (std::getline(std::cin, line)) {
        bench::Work work;
        std::istringstream words(line);
        words >> work.name >> work.rounds >> work.amount >> work.program;
        std::vector<double> figures;
        if (!bench::Do(work, figures))
            std::printf("none");
        for (double figure : figures)
            std::printf("%.9g ", figure);
        std::printf("\n");
        std::fflush(stdout);
    }
}
