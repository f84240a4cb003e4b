#include <math.h>

#include "internal.h"

typedef struct {
  int kind;
  float parameter;
  const float *x, *t, *dloss;
  float *first, *second;
} pairs;

INLINE float loss_of(const int kind, float beta, float x, float t) {
  float difference = x - t, magnitude = difference < 0 ? -difference : difference;
  switch (kind) {
    case CK_L1: return magnitude;
    case CK_SMOOTH_L1:
      return magnitude < beta ? 0.5f * difference * difference / beta : magnitude - 0.5f * beta;
    case CK_SQUARE: return difference * difference;
    // What is impossible costs nothing.
    default: return (t == 0 ? 0 : t * logf(t)) - t * x;
  }
}

/// The derivative by x; that by t is its negative, but for the divergence.
INLINE float slope_of(const int kind, float beta, float x, float t) {
  float difference = x - t, magnitude = difference < 0 ? -difference : difference;
  float sign = difference > 0 ? 1 : (difference < 0 ? -1 : difference);
  switch (kind) {
    case CK_L1: return sign;
    case CK_SMOOTH_L1: return magnitude < beta ? difference / beta : sign;
    case CK_SQUARE: return 2 * difference;
    default: return -t;
  }
}

LOOP(pair_part) {
  const pairs *p = context;
  const float *x = p->x, *t = p->t, beta = p->parameter;
  float *loss = p->first;
  switch (p->kind) {
#define CASE(kind)                                                                            \
  case kind:                                                                                  \
    VECTORIZE for (long i = begin; i < end; i++) loss[i] = loss_of(kind, beta, x[i], t[i]);   \
    break;
    CASE(CK_L1) CASE(CK_SMOOTH_L1) CASE(CK_SQUARE)
#undef CASE
    default:
      for (long i = begin; i < end; i++) loss[i] = loss_of(CK_DIVERGENCE, beta, x[i], t[i]);
  }
}

void ck_pair_loss(int threads, int kind, float parameter, const float *x, const float *t,
                  float *loss, long count) {
  pairs job = {kind, parameter, x, t, 0, loss, 0};
  ck_for(threads, count, GRAIN, pair_part, &job);
}

LOOP(pair_backward_part) {
  const pairs *p = context;
  const float *x = p->x, *t = p->t, *dloss = p->dloss, beta = p->parameter;
  float *dx = p->first, *dt = p->second;
  switch (p->kind) {
#define CASE(kind)                                                                        \
  case kind:                                                                              \
    if (dx) {                                                                             \
      VECTORIZE for (long i = begin; i < end; i++) {                                      \
        dx[i] = dloss[i] * slope_of(kind, beta, x[i], t[i]);                              \
      }                                                                                   \
    }                                                                                     \
    if (dt) {                                                                             \
      VECTORIZE for (long i = begin; i < end; i++) {                                      \
        dt[i] = -dloss[i] * slope_of(kind, beta, x[i], t[i]);                             \
      }                                                                                   \
    }                                                                                     \
    break;
    CASE(CK_L1) CASE(CK_SMOOTH_L1) CASE(CK_SQUARE)
#undef CASE
    default:
      if (dx) {
        for (long i = begin; i < end; i++) dx[i] = -dloss[i] * t[i];
      }
      if (dt) {
        for (long i = begin; i < end; i++) {
          dt[i] = t[i] == 0 ? 0 : dloss[i] * (logf(t[i]) + 1 - x[i]);
        }
      }
  }
}

void ck_pair_loss_backward(int threads, int kind, float parameter, const float *x, const float *t,
                           const float *dloss, float *dx, float *dt, long count) {
  pairs job = {kind, parameter, x, t, dloss, dx, dt};
  ck_for(threads, count, GRAIN, pair_backward_part, &job);
}
