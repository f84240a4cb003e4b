#include <math.h>

#include "few_classes.h"
#include "logistic.h"

typedef struct {
  const float *x, *y, *dy, *targets, *weights;
  const long *labels;
  float *out;
  long classes, inner;
  int logarithm;
} scores_job;

/// Largest score and logarithm of the sum of exponentials of one strided row.
INLINE void log_sum(const float *x, long classes, long step, float *largest, float *logarithm) {
  float top = -INFINITY;
  for (long k = 0; k < classes; k++) top = x[k * step] > top ? x[k * step] : top;
  float sum = 0;
  {
    REASSOCIATE
    for (long k = 0; k < classes; k++) sum += fast_exp(x[k * step] - top);
  }
  *largest = top;
  *logarithm = logf(sum);
}

INLINE void softmax_of_few(const scores_job *p, long begin, long end) {
  const long classes = p->classes;
  float turned[(FEW + LANES) * LANES];
  for (long row = begin; row < end; row += LANES) {
    const float *x = p->x + row * classes;
    lanes top, sum;
    turn_rows(x, end - row, classes, turned);
    exponentials(turned, classes, &top, &sum);
    if (p->logarithm) {
      const lanes logarithm = logarithms(sum);
      turn_rows(x, end - row, classes, turned);
      for (long k = 0; k < classes; k++) {
        write_lanes(turned + k * LANES, (read_lanes(turned + k * LANES) - top) - logarithm);
      }
    } else {
      for (long k = 0; k < classes; k++) {
        write_lanes(turned + k * LANES, read_lanes(turned + k * LANES) / sum);
      }
    }
    turn_back(turned, p->out + row * classes, end - row, classes);
  }
}

LOOP(softmax_part) {
  const scores_job *p = context;
  const long classes = p->classes, inner = p->inner;
  if (inner == 1 && are_few(classes)) {
    softmax_of_few(p, begin, end);
    return;
  }
  for (long item = begin; item < end; item++) {
    long offset = item / inner * classes * inner + item % inner;
    const float *x = p->x + offset;
    float *y = p->out + offset;
    float top, logarithm;
    log_sum(x, classes, inner, &top, &logarithm);
    float bound = top + logarithm;
    if (p->logarithm) {
      for (long k = 0; k < classes; k++) y[k * inner] = (x[k * inner] - top) - logarithm;
    } else {
      for (long k = 0; k < classes; k++) y[k * inner] = fast_exp(x[k * inner] - bound);
    }
  }
}

void ck_softmax(int threads, const float *x, float *y, long outer, long classes, long inner,
                int logarithm) {
  scores_job job = {.x = x, .out = y, .classes = classes, .inner = inner, .logarithm = logarithm};
  ck_for(threads, outer * inner, grain_of(4 * classes), softmax_part, &job);
}

LOOP(softmax_backward_part) {
  const scores_job *p = context;
  const long classes = p->classes, inner = p->inner;
  for (long item = begin; item < end; item++) {
    long offset = item / inner * classes * inner + item % inner;
    const float *y = p->y + offset, *dy = p->dy + offset;
    float *dx = p->out + offset;
    float sum = 0;
    if (p->logarithm) {
      {
        REASSOCIATE
        for (long k = 0; k < classes; k++) sum += dy[k * inner];
      }
      for (long k = 0; k < classes; k++) {
        dx[k * inner] = dy[k * inner] - fast_exp(y[k * inner]) * sum;
      }
    } else {
      {
        REASSOCIATE
        for (long k = 0; k < classes; k++) sum += dy[k * inner] * y[k * inner];
      }
      for (long k = 0; k < classes; k++) dx[k * inner] = y[k * inner] * (dy[k * inner] - sum);
    }
  }
}

void ck_softmax_backward(int threads, const float *y, const float *dy, float *dx, long outer,
                         long classes, long inner, int logarithm) {
  scores_job job = {
      .y = y, .dy = dy, .out = dx, .classes = classes, .inner = inner, .logarithm = logarithm};
  ck_for(threads, outer * inner, grain_of(4 * classes), softmax_backward_part, &job);
}

INLINE float weight_of(const float *weights, long k) { return weights ? weights[k] : 1; }

/// Of LANES rows at a time: losses, or gradients.
INLINE void cross_entropy_of_few(const scores_job *p, long begin, long end, const int is_backward) {
  const long classes = p->classes;
  float turned[(FEW + LANES) * LANES];
  for (long row = begin; row < end; row += LANES) {
    const float *x = p->x + row * classes;
    const long rows = min_long(LANES, end - row);
    lanes top, sum;
    turn_rows(x, end - row, classes, turned);
    exponentials(turned, classes, &top, &sum);
    float factors[LANES] = {0}, tops[LANES], logarithms_of_sums[LANES];
    for (long r = 0; r < rows; r++) {
      const long label = p->labels[row + r];
      if (label < 0 || label >= classes) continue;
      factors[r] = weight_of(p->weights, label) * (is_backward ? p->dy[row + r] : 1);
    }
    if (!is_backward) {
      write_lanes(tops, top);
      write_lanes(logarithms_of_sums, logarithms(sum));
      for (long r = 0; r < rows; r++) {
        const long label = p->labels[row + r], is_known = label >= 0 && label < classes;
        p->out[row + r] = is_known
            ? factors[r] * (logarithms_of_sums[r] - (x[r * classes + label] - tops[r])) : 0;
      }
      continue;
    }
    const lanes scale = read_lanes(factors) / sum;
    // A row without a label has no gradient, whatever its scores.
    const lanes factor = read_lanes(factors);
    for (long k = 0; k < classes; k++) {
      const lanes share = read_lanes(turned + k * LANES) * scale;
      write_lanes(turned + k * LANES, factor == 0 ? (lanes)0 : share);
    }
    turn_back(turned, p->out + row * classes, rows, classes);
    for (long r = 0; r < rows; r++) {
      const long label = p->labels[row + r];
      if (label >= 0 && label < classes) p->out[(row + r) * classes + label] -= factors[r];
    }
  }
}

LOOP(cross_entropy_part) {
  const scores_job *p = context;
  if (are_few(p->classes)) {
    cross_entropy_of_few(p, begin, end, 0);
    return;
  }
  for (long row = begin; row < end; row++) {
    const float *x = p->x + row * p->classes;
    long label = p->labels[row];
    if (label < 0 || label >= p->classes) {
      p->out[row] = 0;
      continue;
    }
    float top, logarithm;
    log_sum(x, p->classes, 1, &top, &logarithm);
    p->out[row] = weight_of(p->weights, label) * (logarithm - (x[label] - top));
  }
}

void ck_cross_entropy(int threads, const float *scores, const long *labels, const float *weights,
                      float *loss, long rows, long classes) {
  scores_job job = {
      .x = scores, .labels = labels, .weights = weights, .out = loss, .classes = classes};
  ck_for(threads, rows, grain_of(4 * classes), cross_entropy_part, &job);
}

LOOP(cross_entropy_backward_part) {
  const scores_job *p = context;
  if (are_few(p->classes)) {
    cross_entropy_of_few(p, begin, end, 1);
    return;
  }
  for (long row = begin; row < end; row++) {
    const float *x = p->x + row * p->classes;
    float *dx = p->out + row * p->classes;
    long label = p->labels[row];
    if (label < 0 || label >= p->classes) {
      for (long k = 0; k < p->classes; k++) dx[k] = 0;
      continue;
    }
    float top, logarithm;
    log_sum(x, p->classes, 1, &top, &logarithm);
    float bound = top + logarithm, factor = p->dy[row] * weight_of(p->weights, label);
    for (long k = 0; k < p->classes; k++) dx[k] = factor * fast_exp(x[k] - bound);
    dx[label] -= factor;
  }
}

void ck_cross_entropy_backward(int threads, const float *scores, const long *labels,
                               const float *weights, const float *dloss, float *dscores, long rows,
                               long classes) {
  scores_job job = {.x = scores, .labels = labels, .weights = weights, .dy = dloss,
                    .out = dscores, .classes = classes};
  ck_for(threads, rows, grain_of(4 * classes), cross_entropy_backward_part, &job);
}

LOOP(soft_cross_entropy_part) {
  const scores_job *p = context;
  for (long row = begin; row < end; row++) {
    const float *x = p->x + row * p->classes, *target = p->targets + row * p->classes;
    float top, logarithm;
    log_sum(x, p->classes, 1, &top, &logarithm);
    float sum = 0;
    for (long k = 0; k < p->classes; k++) {
      sum += weight_of(p->weights, k) * target[k] * (logarithm - (x[k] - top));
    }
    p->out[row] = sum;
  }
}

void ck_soft_cross_entropy(int threads, const float *scores, const float *targets,
                           const float *weights, float *loss, long rows, long classes) {
  scores_job job = {
      .x = scores, .targets = targets, .weights = weights, .out = loss, .classes = classes};
  ck_for(threads, rows, grain_of(4 * classes), soft_cross_entropy_part, &job);
}

LOOP(soft_cross_entropy_backward_part) {
  const scores_job *p = context;
  for (long row = begin; row < end; row++) {
    const float *x = p->x + row * p->classes, *target = p->targets + row * p->classes;
    float *dx = p->out + row * p->classes;
    float top, logarithm;
    log_sum(x, p->classes, 1, &top, &logarithm);
    float bound = top + logarithm, factor = p->dy[row], total = 0;
    for (long k = 0; k < p->classes; k++) total += weight_of(p->weights, k) * target[k];
    for (long k = 0; k < p->classes; k++) {
      dx[k] = factor * (total * fast_exp(x[k] - bound) - weight_of(p->weights, k) * target[k]);
    }
  }
}

void ck_soft_cross_entropy_backward(int threads, const float *scores, const float *targets,
                                    const float *weights, const float *dloss, float *dscores,
                                    long rows, long classes) {
  scores_job job = {.x = scores, .targets = targets, .weights = weights, .dy = dloss,
                    .out = dscores, .classes = classes};
  ck_for(threads, rows, grain_of(4 * classes), soft_cross_entropy_backward_part, &job);
}

LOOP(binary_cross_entropy_part) {
  const scores_job *p = context;
  for (long row = begin; row < end; row++) {
    for (long k = 0; k < p->classes; k++) {
      float x = p->x[row * p->classes + k], target = p->targets[row * p->classes + k];
      float value = logistic_of(x).softplus - x * target;
      p->out[row * p->classes + k] = weight_of(p->weights, k) * value;
    }
  }
}

LOOP(unweighted_binary_part) {
  const scores_job *p = context;
  const float *x = p->x, *targets = p->targets;
  float *out = p->out;
  VECTORIZE for (long i = begin; i < end; i++) {
    out[i] = logistic_of(x[i]).softplus - x[i] * targets[i];
  }
}

void ck_binary_cross_entropy(int threads, const float *scores, const float *targets,
                             const float *weights, float *loss, long rows, long classes) {
  scores_job job = {
      .x = scores, .targets = targets, .weights = weights, .out = loss, .classes = classes};
  if (!weights) {
    ck_for(threads, rows * classes, GRAIN / 8, unweighted_binary_part, &job);
    return;
  }
  ck_for(threads, rows, grain_of(8 * classes), binary_cross_entropy_part, &job);
}

LOOP(binary_cross_entropy_backward_part) {
  const scores_job *p = context;
  for (long row = begin; row < end; row++) {
    for (long k = 0; k < p->classes; k++) {
      long i = row * p->classes + k;
      p->out[i] = p->dy[i] * weight_of(p->weights, k) * (sigmoid(p->x[i]) - p->targets[i]);
    }
  }
}

LOOP(unweighted_binary_backward_part) {
  const scores_job *p = context;
  const float *x = p->x, *targets = p->targets, *dy = p->dy;
  float *out = p->out;
  VECTORIZE for (long i = begin; i < end; i++) out[i] = dy[i] * (sigmoid(x[i]) - targets[i]);
}

void ck_binary_cross_entropy_backward(int threads, const float *scores, const float *targets,
                                      const float *weights, const float *dloss, float *dscores,
                                      long rows, long classes) {
  scores_job job = {.x = scores, .targets = targets, .weights = weights, .dy = dloss,
                    .out = dscores, .classes = classes};
  if (!weights) {
    ck_for(threads, rows * classes, GRAIN / 8, unweighted_binary_backward_part, &job);
    return;
  }
  ck_for(threads, rows, grain_of(4 * classes), binary_cross_entropy_backward_part, &job);
}
