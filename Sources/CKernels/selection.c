#include <string.h>

#include "internal.h"

// MARK: By a mask, or at strides

typedef struct {
  int rank;
  const long *extents, *mask_strides, *x_strides, *y_strides;
  const float *mask, *x, *y;
  float *z;
} selection;

INLINE void select_row(const float *mask, long mask_step, const float *x, long x_step,
                       const float *y, long y_step, float *z, long count) {
  if (mask_step == 1 && x_step == 1 && y_step == 1) {
    VECTORIZE for (long i = 0; i < count; i++) z[i] = mask[i] != 0 ? x[i] : y[i];
  } else if (mask_step == 1 && x_step == 1 && y_step == 0) {
    float other = *y;
    VECTORIZE for (long i = 0; i < count; i++) z[i] = mask[i] != 0 ? x[i] : other;
  } else if (mask_step == 1 && x_step == 0 && y_step == 1) {
    float other = *x;
    VECTORIZE for (long i = 0; i < count; i++) z[i] = mask[i] != 0 ? other : y[i];
  } else {
    for (long i = 0; i < count; i++) {
      z[i] = mask[i * mask_step] != 0 ? x[i * x_step] : y[i * y_step];
    }
  }
}

LOOP(select_part) {
  const selection *p = context;
  const int last = p->rank - 1;
  const long length = p->extents[last];
  for (long row = begin; row < end; row++) {
    const float *mask = p->mask, *x = p->x, *y = p->y;
    long rest = row;
    for (int axis = last - 1; axis >= 0; axis--) {
      long position = rest % p->extents[axis];
      rest /= p->extents[axis];
      mask += position * p->mask_strides[axis];
      x += position * p->x_strides[axis];
      y += position * p->y_strides[axis];
    }
    select_row(mask, p->mask_strides[last], x, p->x_strides[last], y, p->y_strides[last],
               p->z + row * length, length);
  }
}

INLINE long rows_of(int rank, const long *extents) {
  long rows = 1;
  for (int axis = 0; axis < rank - 1; axis++) rows *= extents[axis];
  return extents[rank - 1] == 0 ? 0 : rows;
}

void ck_select(int threads, int rank, const long *extents, const float *mask,
               const long *mask_strides, const float *x, const long *x_strides, const float *y,
               const long *y_strides, float *z) {
  selection context = {rank, extents, mask_strides, x_strides, y_strides, mask, x, y, z};
  ck_for(threads, rows_of(rank, extents), grain_of(extents[rank - 1]), select_part, &context);
}

LOOP(strided_copy_part) {
  const selection *p = context;
  const int last = p->rank - 1;
  const long length = p->extents[last], step = p->x_strides[last];
  for (long row = begin; row < end; row++) {
    const float *x = p->x;
    long rest = row;
    for (int axis = last - 1; axis >= 0; axis--) {
      x += rest % p->extents[axis] * p->x_strides[axis];
      rest /= p->extents[axis];
    }
    float *z = p->z + row * length;
    if (step == 1) {
      VECTORIZE for (long i = 0; i < length; i++) z[i] = x[i];
    } else {
      for (long i = 0; i < length; i++) z[i] = x[i * step];
    }
  }
}

void ck_gather_strided(int threads, int rank, const long *extents, const float *x,
                       const long *strides, float *z) {
  selection context = {.rank = rank, .extents = extents, .x_strides = strides, .x = x, .z = z};
  ck_for(threads, rows_of(rank, extents), grain_of(extents[rank - 1]), strided_copy_part,
         &context);
}

// MARK: By positions

typedef struct {
  const float *x;
  const long *index;
  float *y;
  long extent, count, inner;
  /// Parts that the inner elements are divided into, so that no two write the same element.
  long parts;
} picking;

LOOP(take_part) {
  const picking *p = context;
  const long inner = p->inner;
  for (long item = begin; item < end; item++) {
    const float *x = p->x + (item / p->count * p->extent + p->index[item % p->count]) * inner;
    float *y = p->y + item * inner;
    VECTORIZE for (long i = 0; i < inner; i++) y[i] = x[i];
  }
}

void ck_take(int threads, const float *x, const long *index, float *y, long outer, long extent,
             long count, long inner) {
  if (inner == 0) return;
  picking job = {x, index, y, extent, count, inner, 1};
  ck_for(threads, outer * count, grain_of(inner), take_part, &job);
}

LOOP(gather_part) {
  const picking *p = context;
  const long inner = p->inner;
  for (long item = begin; item < end; item++) {
    const float *x = p->x + item / p->count * p->extent * inner;
    const long *index = p->index + item * inner;
    float *y = p->y + item * inner;
    for (long i = 0; i < inner; i++) y[i] = x[index[i] * inner + i];
  }
}

void ck_gather(int threads, const float *x, const long *index, float *y, long outer, long extent,
               long count, long inner) {
  if (inner == 0) return;
  picking job = {x, index, y, extent, count, inner, 1};
  ck_for(threads, outer * count, grain_of(2 * inner), gather_part, &job);
}

/// The elements of one outer position that a part of a backward pass owns.
INLINE void own(const picking *p, long item, long *outer, long *first, long *last) {
  *outer = item / p->parts;
  *first = p->inner * (item % p->parts) / p->parts;
  *last = p->inner * (item % p->parts + 1) / p->parts;
}

INLINE void clear(float *dx, long extent, long inner, long first, long last) {
  if (last - first == inner) {
    memset(dx, 0, (unsigned long)(extent * inner) * sizeof(float));
    return;
  }
  for (long r = 0; r < extent; r++) {
    memset(dx + r * inner + first, 0, (unsigned long)(last - first) * sizeof(float));
  }
}

LOOP(take_backward_part) {
  const picking *p = context;
  const long inner = p->inner;
  for (long item = begin; item < end; item++) {
    long outer, first, last;
    own(p, item, &outer, &first, &last);
    const float *dy = p->x + outer * p->count * inner;
    float *dx = p->y + outer * p->extent * inner;
    clear(dx, p->extent, inner, first, last);
    for (long r = 0; r < p->count; r++) {
      const float *from = dy + r * inner;
      float *to = dx + p->index[r] * inner;
      VECTORIZE for (long i = first; i < last; i++) to[i] += from[i];
    }
  }
}

LOOP(gather_backward_part) {
  const picking *p = context;
  const long inner = p->inner;
  for (long item = begin; item < end; item++) {
    long outer, first, last;
    own(p, item, &outer, &first, &last);
    const float *dy = p->x + outer * p->count * inner;
    const long *index = p->index + outer * p->count * inner;
    float *dx = p->y + outer * p->extent * inner;
    clear(dx, p->extent, inner, first, last);
    for (long r = 0; r < p->count; r++) {
      for (long i = first; i < last; i++) dx[index[r * inner + i] * inner + i] += dy[r * inner + i];
    }
  }
}

static void run_backward(int threads, picking *job, long outer, ck_body body) {
  if (job->inner == 0) return;
  job->parts = outer >= threads ? 1 : min_long(threads, max_long(job->inner / 16, 1));
  long work = (job->extent + 2 * job->count) * job->inner / job->parts;
  ck_for(threads, outer * job->parts, grain_of(work), body, job);
}

void ck_take_backward(int threads, const float *dy, const long *index, float *dx, long outer,
                      long extent, long count, long inner) {
  picking job = {dy, index, dx, extent, count, inner, 1};
  run_backward(threads, &job, outer, take_backward_part);
}

void ck_gather_backward(int threads, const float *dy, const long *index, float *dx, long outer,
                        long extent, long count, long inner) {
  picking job = {dy, index, dx, extent, count, inner, 1};
  run_backward(threads, &job, outer, gather_backward_part);
}
