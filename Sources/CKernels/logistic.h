#pragma once

#include "functions.h"

/// exp for x <= 0, within 2 units in the last place; at least 1e-38, keeps NaN.
INLINE float exp_of_negative(float x) {
  // As `fast_exp`, without the ends of the range.
  float bounded = x < -87.0f ? -87.0f : x;
  float n = __builtin_rintf(bounded * 1.44269504f);
  float r = bounded - n * 0.693359375f;
  r = r - n * -2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  union { int i; float f; } power = {((int)n + 127) << 23};
  return p * power.f;
}

/// Of a score x: its probability p, log p, and log(1 + e^x) = -log(1 - p); from one exponential and one
/// division.
typedef struct {
  float probability, log_probability, softplus;
} logistic;

INLINE logistic logistic_of(float x) {
  const float e = exp_of_negative(x < 0 ? x : -x), more = 1 + e, most = 2 + e;
  const float inverse = 1 / (more * most);
  // log(1 + e) = 2 artanh(e / (2 + e)), whose series converges fast up to 1 / 3.
  const float s = e * more * inverse, t = s * s;
  float series = 1.0f / 13;
  series = series * t + 1.0f / 11;
  series = series * t + 1.0f / 9;
  series = series * t + 1.0f / 7;
  series = series * t + 1.0f / 5;
  series = series * t + 1.0f / 3;
  const float tail = 2 * s * (series * t + 1), high = most * inverse;
  logistic result = {
      .probability = x < 0 ? e * high : high,
      .log_probability = (x > 0 ? 0 : x) - tail,
      .softplus = (x < 0 ? 0 : x) + tail,
  };
  return result;
}
