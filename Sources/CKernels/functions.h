#pragma once

#include <math.h>

#include "internal.h"

// Pointwise functions as inlined expressions, so that each loop over one vectorises.

/// exp within 2 units in the last place; saturates to 0 and infinity, keeps NaN.
INLINE float fast_exp(float x) {
  // e^x = 2^n e^r with |r| <= ln 2 / 2; the two parts of ln 2 keep r exact (Cody & Waite).
  float bounded = x > 88.72283f ? 88.72283f : x;
  bounded = bounded < -103.0f ? -103.0f : bounded;
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
  // Two factors reach both ends of the range without overflow in the exponent bits.
  int exponent = (int)n;
  int half = exponent >> 1;
  union { int i; float f; } low = {(half + 127) << 23}, high = {(exponent - half + 127) << 23};
  float result = p * low.f * high.f;
  result = x > 88.72283f ? INFINITY : result;
  return x == x ? result : x;
}

INLINE float sigmoid(float x) { return 1.0f / (1.0f + fast_exp(-x)); }

INLINE float hyperbolic_tangent(float x) {
  // Near 0 the quotient of exponentials loses digits; the odd series does not.
  float square = x * x;
  float series = x * (1.0f + square * (-0.333333333f + square * (0.133333333f
      + square * (-0.053968254f + square * 0.021869488f))));
  float magnitude = x < 0 ? -x : x;
  float e = fast_exp(-2.0f * magnitude);
  float quotient = (1.0f - e) / (1.0f + e);
  float result = x < 0 ? -quotient : quotient;
  result = magnitude < 0.25f ? series : result;
  return x == x ? result : x;
}

/// Within 2e-7 (Abramowitz & Stegun 7.1.26).
INLINE float error_function(float x) {
  float magnitude = x < 0 ? -x : x;
  float t = 1.0f / (1.0f + 0.3275911f * magnitude);
  float p = ((((1.061405429f * t - 1.453152027f) * t) + 1.421413741f) * t - 0.284496736f) * t
      + 0.254829592f;
  float result = 1.0f - p * t * fast_exp(-magnitude * magnitude);
  return x < 0 ? -result : result;
}

/// PyTorch's comparisons: NaN stays NaN.
INLINE float clamp(float x, float low, float high) {
  float result = x < low ? low : x;
  return result > high ? high : result;
}

INLINE float evaluate(const int kind, const ck_function f, float x) {
  switch (kind) {
    case CK_RELU: return x < 0 ? 0 : x;
    case CK_RELU6: return clamp(x, 0, 6);
    case CK_HARD_SWISH: return x * clamp(x + 3, 0, 6) * (1.0f / 6);
    case CK_HARD_SIGMOID: return clamp((x + f.a) / f.b, f.c, f.d);
    case CK_SIGMOID: return sigmoid(x);
    case CK_SWISH: return x * sigmoid(x);
    case CK_TANH: return hyperbolic_tangent(x);
    case CK_LEAKY_RELU: return x < 0 ? x * f.a : x;
    case CK_GELU: return 0.5f * x * (1.0f + error_function(x * 0.70710678f));
    case CK_AFFINE: return f.a * x + f.b;
    case CK_DIVIDE: return f.a / x;
    case CK_EXP: return fast_exp(x);
    case CK_LOG: return logf(x);
    case CK_SQRT: return __builtin_sqrtf(x);
    case CK_POWER: return powf(x, f.a);
    case CK_CLAMP: return clamp(x, f.a, f.b);
    case CK_ABS: return x < 0 ? -x : x;
    default: return x;
  }
}

/// The derivative at x, with PyTorch's values at the kinks.
INLINE float derivative(const int kind, const ck_function f, float x) {
  switch (kind) {
    case CK_RELU: return x > 0 ? 1 : 0;
    case CK_RELU6: return x > 0 && x < 6 ? 1 : 0;
    case CK_HARD_SWISH: {
      float inside = x * (1.0f / 3) + 0.5f;
      float result = x < -3 ? 0 : inside;
      return x > 3 ? 1 : result;
    }
    case CK_HARD_SIGMOID: {
      float y = (x + f.a) / f.b;
      return y >= f.c && y <= f.d ? 1 / f.b : 0;
    }
    case CK_SIGMOID: {
      float s = sigmoid(x);
      return s * (1 - s);
    }
    case CK_SWISH: {
      float s = sigmoid(x);
      return s * (1 + x * (1 - s));
    }
    case CK_TANH: {
      float t = hyperbolic_tangent(x);
      return 1 - t * t;
    }
    case CK_LEAKY_RELU: return x > 0 ? 1 : f.a;
    case CK_GELU:
      return 0.5f * (1.0f + error_function(x * 0.70710678f))
          + x * 0.39894228f * fast_exp(-0.5f * x * x);
    case CK_AFFINE: return f.a;
    case CK_DIVIDE: return -f.a / (x * x);
    case CK_EXP: return fast_exp(x);
    case CK_LOG: return 1 / x;
    case CK_SQRT: return 0.5f / __builtin_sqrtf(x);
    case CK_POWER: return f.a == 0 ? 0 : f.a * powf(x, f.a - 1);
    case CK_CLAMP: return x >= f.a && x <= f.b ? 1 : 0;
    case CK_ABS: return x > 0 ? 1 : (x < 0 ? -1 : 0);
    default: return 1;
  }
}

/// The gradient of the argument x, if that of the function is g.
INLINE float passed(const int kind, const ck_function f, float x, float g) {
  switch (kind) {
    case CK_IDENTITY: return g;
    case CK_RELU: return x > 0 ? g : 0;
    case CK_RELU6: return x > 0 && x < 6 ? g : 0;
    default: return g * derivative(kind, f, x);
  }
}

/// Expands `CASE(kind)` for each function that normalisation can be fused with.
#define ACTIVATION_CASES(CASE)                                                             \
  CASE(CK_IDENTITY) CASE(CK_RELU) CASE(CK_RELU6) CASE(CK_HARD_SWISH) CASE(CK_HARD_SIGMOID) \
  CASE(CK_SIGMOID) CASE(CK_SWISH) CASE(CK_TANH) CASE(CK_LEAKY_RELU) CASE(CK_GELU)

#define ARITHMETIC_CASES(CASE)                                                     \
  CASE(CK_AFFINE) CASE(CK_DIVIDE) CASE(CK_EXP) CASE(CK_SQRT) CASE(CK_CLAMP) CASE(CK_ABS)

/// Functions that call the C library for each element.
#define LIBRARY_CASES(CASE) CASE(CK_LOG) CASE(CK_POWER)
