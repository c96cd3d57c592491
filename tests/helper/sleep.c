/* A sleep for systems that have none: sleep SECONDS, with a fraction. */
#ifdef _WIN32
#include <windows.h>
#else
#include <time.h>
#endif

#include <stdlib.h>

#define BAD_USAGE 64

static void sleep_for(double seconds)
{
#ifdef _WIN32
    Sleep((DWORD)(seconds * 1000));
#else
    struct timespec left = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    while (nanosleep(&left, &left) != 0)
        ;
#endif
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return BAD_USAGE;
    sleep_for(atof(argv[1]));
    return 0;
}
