// The Windows workers measure only what worker.cc has.
#include "system.h"

namespace bench
{

bool SystemWork(const Work &, std::vector<double> &)
{
    return false;
}

} // namespace bench
