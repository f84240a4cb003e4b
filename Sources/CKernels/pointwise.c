#include "functions.h"

typedef struct {
  ck_function function;
  const float *x, *dy;
  float *y;
} pointwise;

/// y = function(x), or function(x + y) where `adds`.
INLINE void apply_lines(const int adds, const pointwise *p, long begin, long end) {
  const ck_function f = p->function;
  const float *x = p->x;
  float *y = p->y;
#define APPLY(kind) \
  for (long i = begin; i < end; i++) y[i] = evaluate(kind, f, adds ? x[i] + y[i] : x[i]);
  switch (f.kind) {
#define CASE(kind) \
  case kind: VECTORIZE APPLY(kind) break;
    ACTIVATION_CASES(CASE)
    ARITHMETIC_CASES(CASE)
#undef CASE
#define CASE(kind) \
  case kind: APPLY(kind) break;
    LIBRARY_CASES(CASE)
#undef CASE
  }
#undef APPLY
}

LOOP(apply_part) { apply_lines(0, context, begin, end); }
LOOP(apply_to_sum_part) { apply_lines(1, context, begin, end); }

void ck_apply(int threads, ck_function function, const float *x, float *y, long count) {
  pointwise context = {function, x, 0, y};
  ck_for(threads, count, GRAIN, apply_part, &context);
}

void ck_apply_to_sum(int threads, ck_function function, const float *x, float *y, long count) {
  pointwise context = {function, x, 0, y};
  ck_for(threads, count, GRAIN, apply_to_sum_part, &context);
}

LOOP(backward_part) {
  const pointwise *p = context;
  const ck_function f = p->function;
  const float *x = p->x, *dy = p->dy;
  float *dx = p->y;
  switch (f.kind) {
#define CASE(kind)                                                                       \
  case kind:                                                                             \
    VECTORIZE for (long i = begin; i < end; i++) dx[i] = dy[i] * derivative(kind, f, x[i]);     \
    break;
    ACTIVATION_CASES(CASE)
    ARITHMETIC_CASES(CASE)
#undef CASE
#define CASE(kind)                                                                       \
  case kind:                                                                             \
    for (long i = begin; i < end; i++) dx[i] = dy[i] * derivative(kind, f, x[i]);        \
    break;
    LIBRARY_CASES(CASE)
#undef CASE
  }
}

void ck_apply_backward(int threads, ck_function function, const float *x, const float *dy,
                       float *dx, long count) {
  pointwise context = {function, x, dy, dx};
  ck_for(threads, count, GRAIN, backward_part, &context);
}

typedef struct {
  float value;
  const float *x;
  float *y;
} scaled;

LOOP(fill_part) {
  const scaled *p = context;
  float value = p->value, *y = p->y;
  for (long i = begin; i < end; i++) y[i] = value;
}

void ck_fill(int threads, float value, float *y, long count) {
  scaled context = {value, 0, y};
  ck_for(threads, count, 4 * GRAIN, fill_part, &context);
}

LOOP(add_part) {
  const scaled *p = context;
  const float scale = p->value, *x = p->x;
  float *y = p->y;
  VECTORIZE for (long i = begin; i < end; i++) y[i] += scale * x[i];
}

void ck_add_scaled(int threads, float scale, const float *x, float *y, long count) {
  scaled context = {scale, x, y};
  ck_for(threads, count, GRAIN, add_part, &context);
}

typedef struct {
  unsigned long seed;
  unsigned threshold;
  float scale;
  const float *x;
  float *y;
} dropping;

LOOP(dropout_part) {
  const dropping *p = context;
  for (long i = begin; i < end; i++) {
    // The finaliser of SplitMix64 on a Weyl sequence.
    unsigned long mixed = p->seed + (unsigned long)i * 0x9E3779B97F4A7C15ul;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9ul;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBul;
    mixed ^= mixed >> 31;
    p->y[i] = (unsigned)(mixed >> 32) >= p->threshold ? p->x[i] * p->scale : 0;
  }
}

void ck_dropout(int threads, unsigned long seed, float probability, const float *x, float *y,
                long count) {
  if (probability >= 1) {
    ck_fill(threads, 0, y, count);
    return;
  }
  dropping context = {
      seed, (unsigned)((double)probability * 4294967296.0), 1 / (1 - probability), x, y};
  ck_for(threads, count, GRAIN / 4, dropout_part, &context);
}
