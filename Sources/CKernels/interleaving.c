#include <stddef.h>

#include "internal.h"

// Two activations channel by channel, a0 b0 a1 b1 ... of each pixel, and back. Both ways, the
// channels of a pixel may lie in two places: the first `cut` in one, the others in another. So the
// halves that the next block works on are written, or read, in the pass that shuffles.
//
// Elements are moved as they are, by size. The last vector of a run overlaps the one before it rather
// than leaving some elements to be moved one by one; moving them twice does no harm.

#pragma clang diagnostic ignored "-Wpsabi"

typedef struct {
  /// `half` channels each.
  char *a, *b;
  /// `cut` channels, and the others of 2 * half; null where they are not wanted.
  char *first, *rest;
  long half, cut;
} interleaving;

#define PAIRS_4 0, 4, 1, 5, 2, 6, 3, 7
#define PAIRS_16                                                                              \
  0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, \
      13, 29, 14, 30, 15, 31
#define EVEN_4 0, 2, 4, 6
#define ODD_4 1, 3, 5, 7
#define EVEN_16 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
#define ODD_16 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31

/// Moves `width` pairs, from a and b to y or from y to a and b.
#define DEFINE_VECTOR(element, width)                                                        \
  typedef element element##_##width __attribute__((ext_vector_type(width), aligned(2)));      \
  typedef element element##_pairs_##width                                                    \
      __attribute__((ext_vector_type(2 * width), aligned(2)));                                \
  INLINE void join_##element##_##width(const element *a, const element *b, element *y) {      \
    *(element##_pairs_##width *)y = __builtin_shufflevector(                                 \
        *(const element##_##width *)a, *(const element##_##width *)b, PAIRS_##width);          \
  }                                                                                          \
  INLINE void part_##element##_##width(element *a, element *b, const element *y) {            \
    const element##_pairs_##width pairs = *(const element##_pairs_##width *)y;                \
    *(element##_##width *)a = __builtin_shufflevector(pairs, pairs, EVEN_##width);            \
    *(element##_##width *)b = __builtin_shufflevector(pairs, pairs, ODD_##width);             \
  }

/// Moves as many pairs as there are, `width` at a time, if there are that many.
#define MOVE_BY(move, width)                                                                 \
  if (count >= width) {                                                                      \
    for (long i = 0; i <= count - width; i += width) move##_##width(a + i, b + i, y + 2 * i); \
    const long last = count - width;                                                         \
    if (count % width != 0) move##_##width(a + last, b + last, y + 2 * last);                \
    return;                                                                                  \
  }

/// Elements of a pixel's channels begin ..< end, which lie at `y`.
#define DEFINE_RUNS(element)                                                                 \
  DEFINE_VECTOR(element, 4)                                                                  \
  DEFINE_VECTOR(element, 16)                                                                 \
  INLINE void join_##element(const element *a, const element *b, element *y, long count) {    \
    MOVE_BY(join_##element, 16)                                                              \
    MOVE_BY(join_##element, 4)                                                               \
    for (long i = 0; i < count; i++) {                                                       \
      y[2 * i] = a[i];                                                                       \
      y[2 * i + 1] = b[i];                                                                   \
    }                                                                                        \
  }                                                                                          \
  INLINE void part_##element(element *a, element *b, const element *y, long count) {          \
    MOVE_BY(part_##element, 16)                                                              \
    MOVE_BY(part_##element, 4)                                                               \
    for (long i = 0; i < count; i++) {                                                       \
      a[i] = y[2 * i];                                                                       \
      b[i] = y[2 * i + 1];                                                                   \
    }                                                                                        \
  }                                                                                          \
  INLINE void join_run_##element(const element *a, const element *b, element *y, long begin,  \
                                 long end) {                                                 \
    if (begin % 2 != 0) *y++ = b[begin++ / 2];                                               \
    const long pair = begin / 2, count = end / 2 - pair;                                     \
    join_##element(a + pair, b + pair, y, count);                                            \
    if (end % 2 != 0) y[2 * count] = a[end / 2];                                             \
  }                                                                                          \
  INLINE void part_run_##element(element *a, element *b, const element *y, long begin,        \
                                 long end) {                                                 \
    if (begin % 2 != 0) b[begin++ / 2] = *y++;                                               \
    const long pair = begin / 2, count = end / 2 - pair;                                     \
    part_##element(a + pair, b + pair, y, count);                                            \
    if (end % 2 != 0) a[end / 2] = y[2 * count];                                             \
  }

typedef unsigned short bits16;
typedef unsigned bits32;
DEFINE_RUNS(bits16)
DEFINE_RUNS(bits32)

/// A loop over pixels that moves both runs of each by `run`.
#define DEFINE_LOOP(name, run, element)                                                      \
  LOOP(name) {                                                                               \
    const interleaving *p = context;                                                         \
    const long half = p->half, cut = p->cut, others = 2 * half - cut;                        \
    element *first = (element *)p->first, *rest = (element *)p->rest;                        \
    for (long pixel = begin; pixel < end; pixel++) {                                         \
      element *a = (element *)p->a + pixel * half, *b = (element *)p->b + pixel * half;      \
      if (first) run(a, b, first + pixel * cut, 0, cut);                                     \
      if (rest) run(a, b, rest + pixel * others, cut, 2 * half);                             \
    }                                                                                        \
  }

DEFINE_LOOP(interleave_16, join_run_bits16, bits16)
DEFINE_LOOP(interleave_32, join_run_bits32, bits32)
DEFINE_LOOP(deinterleave_16, part_run_bits16, bits16)
DEFINE_LOOP(deinterleave_32, part_run_bits32, bits32)

void ck_interleave(int threads, int bfloat, const void *a, const void *b, void *first, void *rest,
                   long pixels, long half, long cut) {
  interleaving job = {(char *)a, (char *)b, first, rest, half, cut};
  ck_for(threads, pixels, grain_of(2 * half), bfloat ? interleave_16 : interleave_32, &job);
}

void ck_deinterleave(int threads, int bfloat, const void *first, const void *rest, void *a,
                     void *b, long pixels, long half, long cut) {
  interleaving job = {a, b, (char *)first, (char *)rest, half, cut};
  ck_for(threads, pixels, grain_of(2 * half), bfloat ? deinterleave_16 : deinterleave_32, &job);
}
