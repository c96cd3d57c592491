// Memory that grows by doubling, for the peers that leave this to their user.
#ifndef SUBPROC_BENCH_BUFFER_H
#define SUBPROC_BENCH_BUFFER_H

#include <cstdlib>

#include "peer.h"

namespace bench
{

class Buffer
{
  public:
    Buffer() = default;
    Buffer(const Buffer &) = delete;
    Buffer &operator=(const Buffer &) = delete;
    ~Buffer()
    {
        std::free(data_);
    }
    size_t size() const
    {
        return size_;
    }
    char *end()
    {
        if (room_ - size_ < least) {
            room_ = room_ == 0 ? least : room_ * 2;
            data_ = static_cast<char *>(std::realloc(data_, room_));
            Expect(data_ != nullptr, "no memory");
        }
        return data_ + size_;
    }
    size_t left() const
    {
        return room_ - size_;
    }
    void came(size_t size)
    {
        size_ += size;
    }

  private:
    static constexpr size_t least = 64 << 10;
    char *data_ = nullptr;
    size_t size_ = 0, room_ = 0;
};

} // namespace bench

#endif
