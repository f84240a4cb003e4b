#pragma once

#include "ckernels.h"

/// Compiles a loop for AVX-512, for AVX2 and for any processor; the loader picks one.
#define CLONES \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))

#define INLINE static inline __attribute__((always_inline))

/// Lets the compiler reorder floating-point sums of the enclosing block, so that it can vectorise.
#define REASSOCIATE _Pragma("clang fp reassociate(on)")

#define VECTORIZE _Pragma("clang loop vectorize(assume_safety)")

/// Elements below which a loop is not worth dividing.
enum { GRAIN = 16384 };

/// Computes items begin ..< end; `worker` numbers the part, from 0.
typedef void (*ck_body)(const void *context, long begin, long end, int worker);

/// Divides `count` items among at most `threads` workers, each with at least `grain` items, and
/// returns the number of workers.
int ck_for(int threads, long count, long grain, ck_body body, const void *context);

/// Items of `size` elements each that make a part worth dividing.
INLINE long grain_of(long size) { return size > 0 ? (GRAIN + size - 1) / size : GRAIN; }
INLINE long min_long(long a, long b) { return a < b ? a : b; }
INLINE long max_long(long a, long b) { return a > b ? a : b; }
