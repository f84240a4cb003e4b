#include <math.h>

#include "internal.h"

typedef struct {
  ck_sgd rule;
  float *value;
  const float *gradient;
  float *buffer;
} sgd_job;

INLINE void sgd_rows(const sgd_job *p, long begin, long end, const int has_gradient,
                     const int has_buffer) {
  const ck_sgd rule = p->rule;
  float *restrict value = p->value, *restrict buffer = p->buffer;
  const float *restrict gradient = p->gradient;
  const float keep = rule.first ? 0 : rule.momentum, take = rule.first ? 1 : 1 - rule.dampening;
  for (long i = begin; i < end; i++) {
    float step = (has_gradient ? gradient[i] : 0) + rule.weight_decay * value[i];
    if (has_buffer) {
      float velocity = take * step;
      if (!rule.first) velocity += keep * buffer[i];
      buffer[i] = velocity;
      step = rule.nesterov ? step + rule.momentum * velocity : velocity;
    }
    value[i] -= rule.learning_rate * step;
  }
}

LOOP(sgd_part) {
  const sgd_job *p = context;
  if (p->buffer) {
    if (p->gradient) sgd_rows(p, begin, end, 1, 1);
    else sgd_rows(p, begin, end, 0, 1);
  } else {
    if (p->gradient) sgd_rows(p, begin, end, 1, 0);
    else sgd_rows(p, begin, end, 0, 0);
  }
}

void ck_sgd_update(int threads, ck_sgd rule, float *value, const float *gradient, float *buffer,
                   long count) {
  sgd_job job = {rule, value, gradient, buffer};
  ck_for(threads, count, GRAIN, sgd_part, &job);
}

typedef struct {
  ck_adam rule;
  float *value;
  const float *gradient;
  float *first, *second, *largest;
} adam_job;

INLINE void adam_rows(const adam_job *p, long begin, long end, const int has_gradient,
                      const int has_largest) {
  const ck_adam rule = p->rule;
  float *restrict value = p->value, *restrict first = p->first, *restrict second = p->second;
  float *restrict largest = p->largest;
  const float *restrict gradient = p->gradient;
  for (long i = begin; i < end; i++) {
    const float before = value[i] * rule.shrink;
    const float slope = (has_gradient ? gradient[i] * rule.sign : 0) + rule.decay * before;
    const float mean = first[i] * rule.beta1 + slope * rule.rest1;
    float spread = second[i] * rule.beta2 + slope * slope * rule.rest2;
    first[i] = mean;
    second[i] = spread;
    if (has_largest) {
      spread = spread > largest[i] ? spread : largest[i];
      largest[i] = spread;
    }
    const float scale = sqrtf(spread) * rule.second_scale + rule.epsilon;
    value[i] = before - rule.step_size * (mean / scale);
  }
}

LOOP(adam_part) {
  const adam_job *p = context;
  if (p->largest) {
    if (p->gradient) adam_rows(p, begin, end, 1, 1);
    else adam_rows(p, begin, end, 0, 1);
  } else {
    if (p->gradient) adam_rows(p, begin, end, 1, 0);
    else adam_rows(p, begin, end, 0, 0);
  }
}

void ck_adam_update(int threads, ck_adam rule, float *value, const float *gradient, float *first,
                    float *second, float *largest, long count) {
  adam_job job = {rule, value, gradient, first, second, largest};
  ck_for(threads, count, GRAIN, adam_part, &job);
}
