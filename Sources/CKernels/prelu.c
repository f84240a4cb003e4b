#include "internal.h"

typedef struct {
  const float *x, *slopes, *dy;
  float *y, *dslopes;
  int is_shared;
  long channels;
} prelu;

LOOP(prelu_part) {
  const prelu *p = context;
  const long channels = p->channels;
  if (p->is_shared) {
    float slope = *p->slopes;
    VECTORIZE for (long i = begin * channels; i < end * channels; i++) {
      p->y[i] = p->x[i] > 0 ? p->x[i] : p->x[i] * slope;
    }
    return;
  }
  for (long pixel = begin; pixel < end; pixel++) {
    const float *x = p->x + pixel * channels;
    float *y = p->y + pixel * channels;
    VECTORIZE for (long c = 0; c < channels; c++) y[c] = x[c] > 0 ? x[c] : x[c] * p->slopes[c];
  }
}

void ck_prelu(int threads, const float *x, const float *slopes, int is_shared, float *y,
              long pixels, long channels) {
  prelu job = {x, slopes, 0, y, 0, is_shared, channels};
  ck_for(threads, pixels, grain_of(channels), prelu_part, &job);
}

/// `dx` may be `dy`, so the slopes come first.
LOOP(prelu_backward_part) {
  const prelu *p = context;
  const long channels = p->channels;
  if (p->dslopes) {
    VECTORIZE for (long i = begin * channels; i < end * channels; i++) {
      p->dslopes[i] = p->x[i] > 0 ? 0 : p->dy[i] * p->x[i];
    }
  }
  if (!p->y) return;
  if (p->is_shared) {
    float slope = *p->slopes;
    VECTORIZE for (long i = begin * channels; i < end * channels; i++) {
      p->y[i] = p->x[i] > 0 ? p->dy[i] : p->dy[i] * slope;
    }
    return;
  }
  for (long pixel = begin; pixel < end; pixel++) {
    const float *x = p->x + pixel * channels, *dy = p->dy + pixel * channels;
    float *dx = p->y + pixel * channels;
    VECTORIZE for (long c = 0; c < channels; c++) {
      dx[c] = x[c] > 0 ? dy[c] : dy[c] * p->slopes[c];
    }
  }
}

void ck_prelu_backward(int threads, const float *x, const float *slopes, int is_shared,
                       const float *dy, float *dx, float *dslopes, long pixels, long channels) {
  prelu job = {x, slopes, dy, dx, dslopes, is_shared, channels};
  ck_for(threads, pixels, grain_of(2 * channels), prelu_backward_part, &job);
}
