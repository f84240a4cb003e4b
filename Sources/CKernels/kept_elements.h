#pragma once

#include "precision.h"
#include "products.h"

// Elements that are read and written a vector at a time. A file of functions for processors with
// instructions for bfloat16 (`bfloat_lanes.h`) knows both precisions, or that one only if it defines
// ONLY_BFLOAT; any other file knows float32 only.

typedef struct {
  void *at;
  int bfloat;
} kept_elements;

#ifdef ONLY_BFLOAT
#define IS_BFLOAT(elements) 1
#elif defined EITHER_PRECISION
#define IS_BFLOAT(elements) ((elements).bfloat)
#else
#define IS_BFLOAT(elements) 0
#endif

INLINE kept_elements kept(const void *elements, int bfloat) {
  kept_elements k = {(void *)elements, bfloat};
  return k;
}

INLINE kept_elements kept_after(kept_elements k, long count) {
  k.at = (char *)k.at + count * (IS_BFLOAT(k) ? 2 : 4);
  return k;
}

INLINE lanes read_kept(kept_elements k, long i) {
#ifdef EITHER_PRECISION
  if (IS_BFLOAT(k)) return widened_at(kept_after(k, i).at);
#endif
  return read_lanes((const float *)k.at + i);
}

INLINE void write_kept(kept_elements k, long i, lanes values) {
#ifdef EITHER_PRECISION
  if (IS_BFLOAT(k)) {
    write_bits(kept_after(k, i).at, values);
    return;
  }
#endif
  write_lanes((float *)k.at + i, values);
}

/// The second vector lies `distance` elements behind the first.
INLINE void write_two_kept(kept_elements k, long i, long distance, lanes first, lanes second) {
#ifdef EITHER_PRECISION
  if (IS_BFLOAT(k)) {
    write_two_bits(kept_after(k, i).at, kept_after(k, i + distance).at, first, second);
    return;
  }
#endif
  write_kept(k, i, first);
  write_kept(k, i + distance, second);
}
