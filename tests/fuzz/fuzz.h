/* What the fuzz targets share. */
#ifndef SUBPROC_FUZZ_H
#define SUBPROC_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* Not assert: it also holds in release builds. */
#define FUZZ_EXPECT(condition) ((condition) ? (void)0 : abort())

/* https://llvm.org/docs/LibFuzzer.html */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#endif
