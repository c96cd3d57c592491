// What a program printed may be shorter than its test expects: then that test fails, and those after it still run.
#ifndef SUBPROC_TESTS_CHECKED_H
#define SUBPROC_TESTS_CHECKED_H

#include <cstddef>
#include <vector>

// A vector that throws where std::vector would read beyond its end.
template <typename T> class Checked : public std::vector<T>
{
  public:
    using std::vector<T>::vector;

    T &operator[](size_t at)
    {
        return this->at(at);
    }

    const T &operator[](size_t at) const
    {
        return this->at(at);
    }

    const T &back() const
    {
        return this->at(this->size() - 1);
    }
};

#endif
