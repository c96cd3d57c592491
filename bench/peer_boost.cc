// Boost.Process, version 1: its wait with a timeout may miss the end, so that it isn't asked for one.
#include <utility> // which Boost 1.74 forgets in C++20

#include <boost/asio.hpp>
#include <boost/process.hpp>

#include <future>
#include <vector>

#include "peer.h"

namespace bench
{
namespace
{

namespace bp = boost::process;
using Bytes = std::future<std::vector<char>>;

std::vector<std::string> Arguments(Command command)
{
    std::vector<std::string> words;
    for (Command word = command + 1; *word; word++)
        words.emplace_back(*word);
    return words;
}

void Start(Command command)
{
    bp::child child(std::string(command[0]), Arguments(command));
    child.wait();
}

void Captured(Command command)
{
    boost::asio::io_context context;
    Bytes out, err;
    bp::child child(std::string(command[0]), Arguments(command), bp::std_in<boost::asio::buffer("", 0), bp::std_out> out,
                    bp::std_err > err, context);
    context.run();
    child.wait();
    out.get();
    err.get();
}

size_t Capture(Command command, size_t)
{
    boost::asio::io_context context;
    Bytes out;
    bp::child child(std::string(command[0]), Arguments(command), bp::std_out > out, context);
    context.run();
    child.wait();
    return out.get().size();
}

size_t Exchange(Command command, const std::string &input)
{
    boost::asio::io_context context;
    Bytes out;
    bp::child child(std::string(command[0]), Arguments(command), bp::std_in<boost::asio::buffer(input), bp::std_out> out,
                    context);
    context.run();
    child.wait();
    return out.get().size();
}

} // namespace

const Peer peer = {Start, Captured, Capture, Exchange, nullptr, nullptr, nullptr};

} // namespace bench
