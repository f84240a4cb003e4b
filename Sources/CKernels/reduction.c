#include <math.h>
#include <stdlib.h>

#include "internal.h"

enum { MAX_WORKERS = 1024 };

typedef struct {
  const float *x;
  double *partial;
} total;

LOOP(sum_part) {
  const total *p = context;
  const float *x = p->x;
  double sum = 0;
  {
    REASSOCIATE
    for (long i = begin; i < end; i++) sum += x[i];
  }
  p->partial[worker] = sum;
}

LOOP(square_part) {
  const total *p = context;
  const float *x = p->x;
  double sum = 0;
  {
    REASSOCIATE
    for (long i = begin; i < end; i++) sum += (double)x[i] * x[i];
  }
  p->partial[worker] = sum;
}

LOOP(magnitude_part) {
  const total *p = context;
  const float *x = p->x;
  // Bits of a magnitude order as integers, NaN above infinity.
  unsigned largest = 0;
  for (long i = begin; i < end; i++) {
    union { float f; unsigned i; } bits = {x[i]};
    unsigned magnitude = bits.i & 0x7FFFFFFF;
    largest = magnitude > largest ? magnitude : largest;
  }
  union { unsigned i; float f; } result = {largest};
  p->partial[worker] = result.f;
}

static double run(int threads, const float *x, long count, ck_body body, int takes_largest) {
  double partial[MAX_WORKERS];
  total context = {x, partial};
  int limit = threads < MAX_WORKERS ? threads : MAX_WORKERS;
  int workers = ck_for(limit, count, 4 * GRAIN, body, &context);
  double result = 0;
  for (int worker = 0; worker < workers; worker++) {
    if (!takes_largest) {
      result += partial[worker];
    } else if (partial[worker] > result || isnan(partial[worker])) {
      result = partial[worker];
    }
  }
  return result;
}

double ck_sum(int threads, const float *x, long count) {
  return run(threads, x, count, sum_part, 0);
}

double ck_sum_squares(int threads, const float *x, long count) {
  return run(threads, x, count, square_part, 0);
}

float ck_max_magnitude(int threads, const float *x, long count) {
  return (float)run(threads, x, count, magnitude_part, 1);
}

typedef struct {
  const float *x;
  float *y;
  long reduced, inner, columns_blocks;
  float scale;
  int adds;
} reduction;

enum { COLUMNS = 256 };

/// Items are blocks of COLUMNS inner elements of one outer index.
LOOP(reduce_part) {
  const reduction *p = context;
  const long inner = p->inner, reduced = p->reduced;
  for (long item = begin; item < end; item++) {
    long outer = item / p->columns_blocks, first = item % p->columns_blocks * COLUMNS;
    const float *x = p->x + outer * reduced * inner + first;
    float *y = p->y + outer * inner + first;
    if (inner == 1) {
      double sum = 0;
      {
        REASSOCIATE
        for (long r = 0; r < reduced; r++) sum += x[r];
      }
      *y = (float)(sum * p->scale) + (p->adds ? *y : 0);
      continue;
    }
    long width = min_long(COLUMNS, inner - first);
    double sums[COLUMNS] = {0};
    float block[COLUMNS];
    // Sums of 64 in single precision, of those in double: exact enough at half the cost.
    for (long r = 0; r < reduced; r += 64) {
      long stop = min_long(r + 64, reduced);
      for (long i = 0; i < width; i++) block[i] = 0;
      for (long row = r; row < stop; row++) {
        const float *line = x + row * inner;
        for (long i = 0; i < width; i++) block[i] += line[i];
      }
      for (long i = 0; i < width; i++) sums[i] += block[i];
    }
    if (p->adds) {
      for (long i = 0; i < width; i++) y[i] += (float)(sums[i] * p->scale);
    } else {
      for (long i = 0; i < width; i++) y[i] = (float)(sums[i] * p->scale);
    }
  }
}

void ck_reduce(int threads, const float *x, float *y, long outer, long reduced, long inner,
               float scale, int adds) {
  if (outer * inner == 0) return;
  long item_blocks = (inner + COLUMNS - 1) / COLUMNS;
  long parts = threads;
  if (outer * item_blocks < threads && reduced * min_long(inner, COLUMNS) > 8 * GRAIN
      && reduced >= 2 * parts) {
    // Too few results to divide among the threads: divide the reduced axis, then reduce again.
    float *partial = malloc((unsigned long)(outer * parts * inner) * sizeof(float));
    long size = reduced / parts, rest = reduced - size * parts;
    for (long o = 0; o < outer; o++) {
      const float *from = x + o * reduced * inner;
      float *to = partial + o * parts * inner;
      ck_reduce(threads, from, to, parts, size, inner, 1, 0);
      if (rest > 0) {
        ck_reduce(1, from + parts * size * inner, to, 1, rest, inner, 1, 1);
      }
    }
    ck_reduce(1, partial, y, outer, parts, inner, scale, adds);
    free(partial);
    return;
  }
  reduction context = {x, y, reduced, inner, item_blocks, scale, adds};
  ck_for(threads, outer * item_blocks, grain_of(reduced * min_long(inner, COLUMNS)), reduce_part,
         &context);
}

LOOP(expand_part) {
  const reduction *p = context;
  const long inner = p->inner;
  for (long item = begin; item < end; item++) {
    const float *x = p->x + item / p->reduced * inner;
    float *y = p->y + item * inner;
    for (long i = 0; i < inner; i++) y[i] = x[i] * p->scale;
  }
}

void ck_expand(int threads, const float *x, float *y, long outer, long reduced, long inner,
               float scale) {
  reduction context = {x, y, reduced, inner, 0, scale, 0};
  ck_for(threads, outer * reduced, grain_of(inner), expand_part, &context);
}
