#pragma once

#include "products.h"

/// Numbers of 32 bits, whatever they mean.
typedef unsigned word_lanes __attribute__((ext_vector_type(LANES)));
typedef unsigned loose_word_lanes __attribute__((ext_vector_type(LANES), aligned(4), may_alias));

/// to[LANES][LANES] = from[LANES][LANES], turned around; rows are so many words apart.
INLINE void transpose(const void *from, long from_row, void *to, long to_row) {
  word_lanes v[LANES];
#pragma clang loop unroll(full)
  for (int i = 0; i < LANES; i++) {
    v[i] = *(const loose_word_lanes *)((const unsigned *)from + i * from_row);
  }
  // Exchanges blocks off the diagonal, of half the size each time.
#define EXCHANGE(distance, ...)                                          \
  _Pragma("clang loop unroll(full)")                                     \
  for (int i = 0; i < LANES; i++) {                                      \
    if (i & (distance)) continue;                                        \
    const word_lanes a = v[i], b = v[i + (distance)];                    \
    v[i] = __builtin_shufflevector(a, b, __VA_ARGS__);                   \
    v[i + (distance)] = OTHERS(a, b, distance, __VA_ARGS__);             \
  }
// The same lanes, `distance` further on.
#define OTHERS(a, b, distance, i0, i1, i2, i3, i4, i5, i6, i7, i8, i9, i10, i11, i12, i13, i14,   \
               i15)                                                                               \
  __builtin_shufflevector(a, b, i0 + distance, i1 + distance, i2 + distance, i3 + distance,       \
                          i4 + distance, i5 + distance, i6 + distance, i7 + distance,             \
                          i8 + distance, i9 + distance, i10 + distance, i11 + distance,           \
                          i12 + distance, i13 + distance, i14 + distance, i15 + distance)
  EXCHANGE(8, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)
  EXCHANGE(4, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27)
  EXCHANGE(2, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
  EXCHANGE(1, 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30)
#undef EXCHANGE
#undef OTHERS
#pragma clang loop unroll(full)
  for (int i = 0; i < LANES; i++) *(loose_word_lanes *)((unsigned *)to + i * to_row) = v[i];
}
