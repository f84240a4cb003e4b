#pragma once

#include "internal.h"

// Elements of activations are kept as float32 or, in half the memory, as bfloat16. A constant that
// each caller spells out says which, so that every loop is compiled for the one or the other. All
// arithmetic is in float32.

INLINE float load(const int bfloat, const void *x, long i) {
  if (!bfloat) return ((const float *)x)[i];
  union { unsigned u; float f; } wide = {(unsigned)((const unsigned short *)x)[i] << 16};
  return wide.f;
}

/// Rounds to the nearest, ties to even.
INLINE void store(const int bfloat, void *y, long i, float value) {
  if (bfloat) {
    ((__bf16 *)y)[i] = (__bf16)value;
  } else {
    ((float *)y)[i] = value;
  }
}

/// The address of an element; null stays null.
INLINE void *element_at(int bfloat, const void *x, long i) {
  return x ? (char *)x + i * (bfloat ? 2 : 4) : 0;
}

/// For loops that do little but round: left alone, the compiler gives them vectors of four.
#define WIDE _Pragma("clang loop vectorize(assume_safety) vectorize_width(16)")

#ifdef __x86_64__
#define BFLOAT_TARGET                                                                         \
  __attribute__((target("avx2,avx512bf16,avx512bw,avx512cd,avx512dq,avx512f,avx512vl,bmi,bmi2," \
                        "f16c,fma,lzcnt,movbe,popcnt")))
#else
#define BFLOAT_TARGET
#endif

/// As `LOOP`, for the one kind of processor for which anybody asks for bfloat16.
#define BFLOAT_LOOP(name)                                                                    \
  INLINE void name##_lines(const void *context, long begin, long end, int worker);           \
  BFLOAT_TARGET static void name(const void *context, long begin, long end, int worker) {    \
    name##_lines(context, begin, end, worker);                                               \
  }                                                                                          \
  INLINE void name##_lines(const void *context, long begin, long end, int worker)

/// Begins the definition of two loops, `name[0]` over float32 and `name[1]` over bfloat16. The body
/// sees which as the constant `bfloat`.
#define LOOPS(name)                                                                          \
  INLINE void name##_of(const int bfloat, const void *context, long begin, long end,         \
                        int worker);                                                         \
  LOOP(name##_float32) { name##_of(0, context, begin, end, worker); }                        \
  BFLOAT_LOOP(name##_bfloat16) { name##_of(1, context, begin, end, worker); }                \
  static const ck_body name[2] = {name##_float32, name##_bfloat16};                          \
  INLINE void name##_of(const int bfloat, const void *context, long begin, long end, int worker)
