/* How the library's names are exported: the only place in the public headers that asks which system this is. */
#ifndef SUBPROC_EXPORT_H
#define SUBPROC_EXPORT_H

#if defined(SUBPROC_STATIC)
#define SUBPROC_API
#elif defined(_WIN32) && defined(SUBPROC_BUILDING)
#define SUBPROC_API __declspec(dllexport)
#elif defined(_WIN32)
#define SUBPROC_API __declspec(dllimport)
#else
#define SUBPROC_API __attribute__((visibility("default")))
#endif

#endif
