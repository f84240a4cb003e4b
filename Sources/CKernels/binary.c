#include <math.h>

#include "internal.h"

INLINE float combine(const int operation, float x, float y) {
  switch (operation) {
    case CK_ADD: return x + y;
    case CK_SUBTRACT: return x - y;
    case CK_MULTIPLY: return x * y;
    case CK_DIVISION: return x / y;
    // x comes through when it is NaN, y when it is or wins.
    case CK_MAXIMUM: return x > y || x != x ? x : y;
    case CK_MINIMUM: return x < y || x != x ? x : y;
    case CK_EQUAL: return x == y;
    case CK_UNEQUAL: return x != y;
    case CK_LESS: return x < y;
    case CK_LESS_OR_EQUAL: return x <= y;
    default: return powf(x, y);
  }
}

#define OPERATION_CASES(CASE) \
  CASE(CK_ADD) CASE(CK_SUBTRACT) CASE(CK_MULTIPLY) CASE(CK_DIVISION) CASE(CK_MAXIMUM)  \
  CASE(CK_MINIMUM) CASE(CK_EQUAL) CASE(CK_UNEQUAL) CASE(CK_LESS) CASE(CK_LESS_OR_EQUAL)

typedef struct {
  int operation, rank;
  const long *extents, *x_strides, *y_strides;
  const float *x, *y;
  float *z;
} binary;

LOOP(binary_part) {
  const binary *p = context;
  const float *x = p->x, *y = p->y;
  float *z = p->z;
  switch (p->operation) {
#define CASE(operation)                                              \
  case operation:                                                    \
    VECTORIZE for (long i = begin; i < end; i++) z[i] = combine(operation, x[i], y[i]); \
    break;
    OPERATION_CASES(CASE)
#undef CASE
    default:
      for (long i = begin; i < end; i++) z[i] = combine(CK_RAISE, x[i], y[i]);
  }
}

void ck_binary(int threads, int operation, const float *x, const float *y, float *z, long count) {
  binary context = {operation, 0, 0, 0, 0, x, y, z};
  ck_for(threads, count, GRAIN, binary_part, &context);
}

/// One innermost row; steps are 0, 1 or anything else.
INLINE void combine_row(const int operation, const float *x, long x_step, const float *y,
                        long y_step, float *z, long count) {
  if (x_step == 1 && y_step == 1) {
    VECTORIZE for (long i = 0; i < count; i++) z[i] = combine(operation, x[i], y[i]);
  } else if (x_step == 1 && y_step == 0) {
    float right = *y;
    VECTORIZE for (long i = 0; i < count; i++) z[i] = combine(operation, x[i], right);
  } else if (x_step == 0 && y_step == 1) {
    float left = *x;
    VECTORIZE for (long i = 0; i < count; i++) z[i] = combine(operation, left, y[i]);
  } else {
    for (long i = 0; i < count; i++) z[i] = combine(operation, x[i * x_step], y[i * y_step]);
  }
}

LOOP(strided_part) {
  const binary *p = context;
  const int last = p->rank - 1;
  const long length = p->extents[last];
  for (long row = begin; row < end; row++) {
    const float *x = p->x, *y = p->y;
    long rest = row;
    for (int axis = last - 1; axis >= 0; axis--) {
      long position = rest % p->extents[axis];
      rest /= p->extents[axis];
      x += position * p->x_strides[axis];
      y += position * p->y_strides[axis];
    }
    float *z = p->z + row * length;
    switch (p->operation) {
#define CASE(operation)                                                                     \
  case operation:                                                                           \
    combine_row(operation, x, p->x_strides[last], y, p->y_strides[last], z, length);         \
    break;
      OPERATION_CASES(CASE)
#undef CASE
      default:
        for (long i = 0; i < length; i++) {
          z[i] = combine(CK_RAISE, x[i * p->x_strides[last]], y[i * p->y_strides[last]]);
        }
    }
  }
}

void ck_binary_strided(int threads, int operation, int rank, const long *extents, const float *x,
                       const long *x_strides, const float *y, const long *y_strides, float *z) {
  long rows = 1;
  for (int axis = 0; axis < rank - 1; axis++) rows *= extents[axis];
  if (extents[rank - 1] == 0) return;
  binary context = {operation, rank, extents, x_strides, y_strides, x, y, z};
  ck_for(threads, rows, grain_of(extents[rank - 1]), strided_part, &context);
}
