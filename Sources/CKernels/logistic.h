#pragma once

#include "functions.h"

/// log(1 + e) for 0 <= e <= 1, within 2 units in the last place.
INLINE float log_of_one_more(float e) {
  // log(1 + e) = 2 artanh(e / (2 + e)), whose series converges fast up to 1 / 3.
  float s = e / (2 + e), t = s * s;
  float series = 1.0f / 13;
  series = series * t + 1.0f / 11;
  series = series * t + 1.0f / 9;
  series = series * t + 1.0f / 7;
  series = series * t + 1.0f / 5;
  series = series * t + 1.0f / 3;
  return 2 * s * (series * t + 1);
}

/// Of a score x: its probability p, log p, and log(1 + e^x) = -log(1 - p); from one exponential.
typedef struct {
  float probability, log_probability, softplus;
} logistic;

INLINE logistic logistic_of(float x) {
  float e = fast_exp(x < 0 ? x : -x);
  float inverse = 1 / (1 + e);
  float tail = log_of_one_more(e);
  logistic result = {
      .probability = x < 0 ? e * inverse : inverse,
      .log_probability = (x > 0 ? 0 : x) - tail,
      .softplus = (x < 0 ? 0 : x) + tail,
  };
  return result;
}
