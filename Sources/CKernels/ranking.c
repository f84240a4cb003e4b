#include <stdint.h>
#include <string.h>

#include "internal.h"

// Places in the order of their values. A value's bits are turned into a whole number that orders alike,
// NaN above all, which stands before the place in 64 bits: sorting by the upper half keeps equals in order.

typedef struct {
  const float *x;
  long extent, count, inner;
  int descending;
  /// Of each worker: places with their keys, twice `extent`.
  uint64_t *scratch;
  long *index;
} ranking;

enum { BUCKET_BITS = 11, BUCKETS = 1 << BUCKET_BITS, BUCKET_SHIFT = 32 - BUCKET_BITS, SHORT = 48 };

INLINE uint32_t key_of(float x, int descending) {
  // Both zeros are equal.
  union { float f; uint32_t i; } bits = {x == 0 ? 0 : x};
  uint32_t key = bits.i ^ (bits.i >> 31 ? 0xFFFFFFFFu : 0x80000000u);
  key = x == x ? key : 0xFFFFFFFFu;
  return descending ? ~key : key;
}

static void sort_few(uint64_t *items, long count) {
  for (long i = 1; i < count; i++) {
    uint64_t item = items[i];
    long place = i;
    for (; place > 0 && items[place - 1] > item; place--) items[place] = items[place - 1];
    items[place] = item;
  }
}

/// By the upper half, 8 bits at a time; equals stay in order.
static void sort_many(uint64_t *items, uint64_t *other, long count) {
  long counts[4][256] = {0};
  for (long i = 0; i < count; i++) {
    for (int digit = 0; digit < 4; digit++) counts[digit][items[i] >> (32 + 8 * digit) & 255]++;
  }
  for (int digit = 0; digit < 4; digit++) {
    const int shift = 32 + 8 * digit;
    if (counts[digit][items[0] >> shift & 255] == count) continue;
    long starts[256], sum = 0;
    for (int bucket = 0; bucket < 256; bucket++) {
      starts[bucket] = sum;
      sum += counts[digit][bucket];
    }
    for (long i = 0; i < count; i++) other[starts[items[i] >> shift & 255]++] = items[i];
    memcpy(items, other, (unsigned long)count * sizeof(uint64_t));
  }
}

static void sort(uint64_t *items, uint64_t *other, long count) {
  if (count <= SHORT) {
    sort_few(items, count);
  } else {
    sort_many(items, other, count);
  }
}

/// Puts the first `count` of a row in order to the front of `items`.
static void rank_row(const ranking *p, const float *x, uint64_t *items, uint64_t *other) {
  const long extent = p->extent, inner = p->inner;
  if (p->count == extent || extent <= SHORT) {
    for (long i = 0; i < extent; i++) {
      items[i] = (uint64_t)key_of(x[i * inner], p->descending) << 32 | (uint64_t)i;
    }
    sort(items, other, extent);
    return;
  }
  // Whole buckets come first, then the bucket that holds the last one wanted; the others are left out.
  long sizes[BUCKETS] = {0};
  for (long i = 0; i < extent; i++) sizes[key_of(x[i * inner], p->descending) >> BUCKET_SHIFT]++;
  long before = 0;
  uint32_t last = 0;
  while (before + sizes[last] < p->count) before += sizes[last++];
  long taken = 0, waiting = before;
  for (long i = 0; i < extent; i++) {
    uint32_t key = key_of(x[i * inner], p->descending), bucket = key >> BUCKET_SHIFT;
    if (bucket > last) continue;
    items[bucket < last ? taken++ : waiting++] = (uint64_t)key << 32 | (uint64_t)i;
  }
  sort(items, other, taken);
  sort(items + before, other, waiting - before);
}

LOOP(rank_part) {
  const ranking *p = context;
  uint64_t *items = p->scratch + 2 * p->extent * worker;
  for (long item = begin; item < end; item++) {
    const long outer = item / p->inner, inner = item % p->inner;
    rank_row(p, p->x + outer * p->extent * p->inner + inner, items, items + p->extent);
    long *index = p->index + outer * p->count * p->inner + inner;
    for (long i = 0; i < p->count; i++) index[i * p->inner] = (long)(items[i] & 0xFFFFFFFFu);
  }
}

long ck_rank_scratch_bytes(int threads, long extent) {
  return (long)sizeof(uint64_t) * 2 * extent * threads;
}

void ck_rank(int threads, const float *x, int descending, long *index, long outer, long extent,
             long count, long inner, void *scratch) {
  if (count == 0 || inner == 0) return;
  ranking job = {x, extent, count, inner, descending, scratch, index};
  ck_for(threads, outer * inner, grain_of(8 * extent), rank_part, &job);
}
