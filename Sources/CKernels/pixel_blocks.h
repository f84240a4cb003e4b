#pragma once

#include "precision.h"
#include "products.h"

// Pointwise convolutions take some pixels at a time; while their products are computed, the memory
// of the next ones is fetched.

/// Pixels of a block, a multiple of ROWS and of all folds.
enum { BLOCK = 64 };

/// The pixels of a block, and how many are next.
typedef struct {
  long first, count, next;
} pixel_span;

INLINE long pixel_blocks(long pixels, long size) { return (pixels + size - 1) / size; }

/// Of the blocks of `size` pixels up to `end`.
INLINE pixel_span span_of(long pixels, long size, long block, long end) {
  const long first = block * size, count = min_long(pixels - first, size);
  const long next = min_long(pixels - first - count, block + 1 < end ? size : 0);
  pixel_span span = {first, count, next};
  return span;
}

/// Memory of the next block, to be fetched while this one's products are computed.
typedef struct {
  const char *begin[4], *end[4];
  int regions, current;
} fetch_plan;

/// Adds the elements of the next pixels, if there are any.
INLINE void add_region(fetch_plan *plan, const int bfloat, const void *elements, pixel_span at,
                       long channels) {
  const long count = at.next * channels;
  if (!elements || count <= 0) return;
  const long first = (at.first + at.count) * channels;
  plan->begin[plan->regions] = element_at(bfloat, elements, first);
  plan->end[plan->regions++] = element_at(bfloat, elements, first + count);
}

/// The next lines to fetch, one for each of `count` terms; `used` is in the cache anyway.
INLINE fetch_ahead take_lines(fetch_plan *plan, long count, const float *used) {
  if (plan->current == plan->regions) return nothing_ahead(used);
  fetch_ahead ahead = {plan->begin[plan->current], LINE};
  plan->begin[plan->current] += count * LINE;
  if (plan->begin[plan->current] >= plan->end[plan->current]) plan->current++;
  return ahead;
}

INLINE void fetch_lines(fetch_plan *plan, long count) {
  while (count > 0 && plan->current < plan->regions) {
    const char *begin = plan->begin[plan->current], *end = plan->end[plan->current];
    const long lines = min_long(count, (end - begin + LINE - 1) / LINE);
    for (long i = 0; i < lines; i++) __builtin_prefetch(begin + i * LINE, 0, 2);
    plan->begin[plan->current] += lines * LINE;
    if (plan->begin[plan->current] >= end) plan->current++;
    count -= lines;
  }
}

/// How many lines are still to be fetched.
INLINE long lines_left(const fetch_plan *plan) {
  long bytes = 0;
  for (int i = plan->current; i < plan->regions; i++) bytes += plan->end[i] - plan->begin[i];
  return bytes / LINE;
}
