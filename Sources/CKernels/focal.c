#include "logistic.h"

// Focal losses of scores (rows x classes), each class for itself. All scores but one a row, that of the
// label, are negatives: with their probability p as score x has it, each costs f(x) = p^power softplus(x).

typedef struct {
  const float *x, *dy, *qualities;
  const long *labels;
  float *out;
  long classes;
  float negative_scale, positive_scale, power;
  int reduces;
} focal_job;

enum { SEGMENT = 2048 };

INLINE float raised(const int is_square, float power, float base, float log_base) {
  return is_square ? base * base : fast_exp(power * log_base);
}

INLINE float negative_loss(const int is_square, float power, float x) {
  logistic l = logistic_of(x);
  return raised(is_square, power, l.probability, l.log_probability) * l.softplus;
}

INLINE float negative_slope(const int is_square, float power, float x) {
  logistic l = logistic_of(x);
  float p = l.probability;
  return raised(is_square, power, p, l.log_probability) * (power * (1 - p) * l.softplus + p);
}

/// Against a quality: the distance from it to the power, times the cross entropy.
INLINE float positive_loss(const focal_job *p, long row, float x) {
  if (!p->qualities) return p->positive_scale * negative_loss(p->power == 2, p->power, -x);
  float quality = p->qualities[row];
  logistic l = logistic_of(x);
  return powf(fabsf(quality - l.probability), p->power) * (l.softplus - x * quality);
}

INLINE float positive_slope(const focal_job *p, long row, float x) {
  if (!p->qualities) return -p->positive_scale * negative_slope(p->power == 2, p->power, -x);
  logistic l = logistic_of(x);
  float difference = l.probability - p->qualities[row], distance = fabsf(difference);
  float entropy = l.softplus - x * p->qualities[row];
  float sign = difference > 0 ? 1 : (difference < 0 ? -1 : difference);
  float slope = powf(distance, p->power) * difference;
  if (sign != 0) {
    slope += entropy * p->power * powf(distance, p->power - 1) * sign * l.probability
        * (1 - l.probability);
  }
  return slope;
}

/// The label of a row, or -1 where all of its scores are negatives.
INLINE long label_of(const focal_job *p, long row) {
  long label = p->labels[row];
  return label >= 0 && label < p->classes ? label : -1;
}

INLINE void negatives(const focal_job *p, const float *x, float *out, long count) {
  const float power = p->power;
  if (power == 2) {
    VECTORIZE for (long i = 0; i < count; i++) out[i] = negative_loss(1, 2, x[i]);
  } else {
    VECTORIZE for (long i = 0; i < count; i++) out[i] = negative_loss(0, power, x[i]);
  }
}

INLINE void slopes(const focal_job *p, const float *x, float *out, long count) {
  const float power = p->power;
  if (power == 2) {
    VECTORIZE for (long i = 0; i < count; i++) out[i] = negative_slope(1, 2, x[i]);
  } else {
    VECTORIZE for (long i = 0; i < count; i++) out[i] = negative_slope(0, power, x[i]);
  }
}

INLINE float sum_of(const float *values, long count) {
  REASSOCIATE
  float sum = 0;
  for (long i = 0; i < count; i++) sum += values[i];
  return sum;
}

/// The sum without the one at `left_out`, if there is one.
INLINE float sum_but(const float *values, long count, long left_out) {
  if (left_out < 0 || left_out >= count) return sum_of(values, count);
  return sum_of(values, left_out) + sum_of(values + left_out + 1, count - left_out - 1);
}

INLINE void row_sums(const focal_job *p, long begin, long end) {
  float values[SEGMENT];
  const long classes = p->classes, together = max_long(SEGMENT / classes, 1);
  for (long first = begin; first < end; first += together) {
    const long rows = min_long(together, end - first), count = rows * classes;
    const float *x = p->x + first * classes;
    for (long row = first; row < first + rows; row++) {
      long label = label_of(p, row);
      p->out[row] = label < 0 ? 0 : positive_loss(p, row, p->x[row * classes + label]);
    }
    // Several segments are of one row.
    for (long start = 0; start < count; start += SEGMENT) {
      const long length = min_long(SEGMENT, count - start), width = min_long(classes, length);
      negatives(p, x + start, values, length);
      for (long row = first, at = 0; at < length; row++, at += width) {
        long label = label_of(p, row);
        p->out[row] += p->negative_scale
            * sum_but(values + at, width, label < 0 ? -1 : label - start);
      }
    }
  }
}

LOOP(focal_part) {
  const focal_job *p = context;
  const long classes = p->classes;
  if (p->reduces) {
    row_sums(p, begin, end);
    return;
  }
  for (long row = begin; row < end; row += max_long(SEGMENT / classes, 1)) {
    const long rows = min_long(max_long(SEGMENT / classes, 1), end - row);
    float *out = p->out + row * classes;
    negatives(p, p->x + row * classes, out, rows * classes);
    for (long i = 0; i < rows * classes; i++) out[i] *= p->negative_scale;
    for (long r = 0; r < rows; r++) {
      long label = label_of(p, row + r);
      if (label < 0) continue;
      long place = (row + r) * classes + label;
      p->out[place] = positive_loss(p, row + r, p->x[place]);
    }
  }
}

LOOP(focal_backward_part) {
  const focal_job *p = context;
  const long classes = p->classes;
  for (long first = begin; first < end; first += max_long(SEGMENT / classes, 1)) {
    const long rows = min_long(max_long(SEGMENT / classes, 1), end - first);
    slopes(p, p->x + first * classes, p->out + first * classes, rows * classes);
    for (long row = first; row < first + rows; row++) {
      float *dx = p->out + row * classes;
      const float *dy = p->dy + (p->reduces ? row : row * classes);
      if (p->reduces) {
        const float factor = p->negative_scale * dy[0];
        VECTORIZE for (long k = 0; k < classes; k++) dx[k] *= factor;
      } else {
        VECTORIZE for (long k = 0; k < classes; k++) dx[k] *= p->negative_scale * dy[k];
      }
      long label = label_of(p, row);
      if (label < 0) continue;
      dx[label] = positive_slope(p, row, p->x[row * classes + label]) * dy[p->reduces ? 0 : label];
    }
  }
}

static focal_job lowered(const ck_focal *loss, const float *scores) {
  focal_job job = {
      .x = scores, .qualities = loss->qualities, .labels = loss->labels, .classes = loss->classes,
      .negative_scale = loss->negative_scale, .positive_scale = loss->positive_scale,
      .power = loss->power, .reduces = loss->reduces};
  return job;
}

void ck_focal_loss(int threads, const ck_focal *loss, const float *scores, float *out, long rows) {
  focal_job job = lowered(loss, scores);
  job.out = out;
  if (loss->classes == 0) {
    if (loss->reduces) ck_fill(threads, 0, out, rows);
    return;
  }
  ck_for(threads, rows, grain_of(8 * loss->classes), focal_part, &job);
}

void ck_focal_loss_backward(int threads, const ck_focal *loss, const float *scores, const float *dloss,
                            float *dscores, long rows) {
  focal_job job = lowered(loss, scores);
  job.dy = dloss;
  job.out = dscores;
  if (loss->classes == 0) return;
  ck_for(threads, rows, grain_of(8 * loss->classes), focal_backward_part, &job);
}
