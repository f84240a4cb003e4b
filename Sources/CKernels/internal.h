#pragma once

#include "ckernels.h"

#define INLINE static inline __attribute__((always_inline))

/// What this process may use: what the processor has, less what the environment forbids.
extern int ck_instructions;

#ifdef __x86_64__
// By features: naming an architecture level would bring its tuning along, which halves the width of
// vectors.
#define AVX2_TARGET __attribute__((target("avx2,bmi,bmi2,f16c,fma,lzcnt,movbe,popcnt")))
#define AVX512_TARGET                                                                       \
  __attribute__((target("avx2,avx512bw,avx512cd,avx512dq,avx512f,avx512vl,bmi,bmi2,f16c,fma," \
                        "lzcnt,movbe,popcnt")))

/// Begins the definition of a loop `name`, a `ck_body` with the arguments `context`, `begin`, `end`
/// and `worker`. It is compiled for AVX-512, for AVX2 and for any processor. The choice is made here
/// rather than by the loader (`target_clones`), so that each of the three can be tested.
#define LOOP(name)                                                                           \
  INLINE void name##_lines(const void *context, long begin, long end, int worker);           \
  AVX512_TARGET static void name##_avx512(                                                   \
      const void *context, long begin, long end, int worker) {                               \
    name##_lines(context, begin, end, worker);                                               \
  }                                                                                          \
  AVX2_TARGET static void name##_avx2(                                                       \
      const void *context, long begin, long end, int worker) {                               \
    name##_lines(context, begin, end, worker);                                               \
  }                                                                                          \
  static void name##_any(const void *context, long begin, long end, int worker) {            \
    name##_lines(context, begin, end, worker);                                               \
  }                                                                                          \
  static void name(const void *context, long begin, long end, int worker) {                  \
    if (ck_instructions >= CK_AVX512) {                                                      \
      name##_avx512(context, begin, end, worker);                                            \
    } else if (ck_instructions == CK_AVX2) {                                                 \
      name##_avx2(context, begin, end, worker);                                              \
    } else {                                                                                 \
      name##_any(context, begin, end, worker);                                               \
    }                                                                                        \
  }                                                                                          \
  INLINE void name##_lines(const void *context, long begin, long end, int worker)
#else
#define LOOP(name) static void name(const void *context, long begin, long end, int worker)
#endif

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
