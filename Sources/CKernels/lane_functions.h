#pragma once

#include "functions.h"
#include "products.h"

// Pointwise functions of vectors.

/// For loops over LANES: unrolled first, as the compiler would do, they would not become vectors.
#define EACH_LANE                                                          \
  _Pragma("clang loop vectorize(assume_safety) vectorize_width(16)")       \
  _Pragma("clang loop interleave_count(1) unroll(disable)")                \
  for (long l = 0; l < LANES; l++)

/// `evaluate` and `passed` for a vector.
INLINE lanes evaluate_lanes(const int kind, const ck_function f, lanes x) {
  switch (kind) {
    case CK_IDENTITY: return x;
    case CK_RELU: return x < 0 ? (lanes)0 : x;
    case CK_RELU6: return limited(x, 0, 6);
    default: break;
  }
  float from[LANES], to[LANES];
  write_lanes(from, x);
  EACH_LANE to[l] = evaluate(kind, f, from[l]);
  return read_lanes(to);
}

INLINE lanes passed_lanes(const int kind, const ck_function f, lanes x, lanes g) {
  switch (kind) {
    case CK_IDENTITY: return g;
    case CK_RELU: return x > 0 ? g : (lanes)0;
    case CK_RELU6: {
      const lanes below = x < 6 ? g : (lanes)0;
      return x > 0 ? below : (lanes)0;
    }
    default: break;
  }
  float from[LANES], to[LANES];
  write_lanes(from, x);
  EACH_LANE to[l] = derivative(kind, f, from[l]);
  return g * read_lanes(to);
}
