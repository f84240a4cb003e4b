#pragma once

#include <stdlib.h>
#include <string.h>

#include "internal.h"

// A matrix of pixels x channels is walked as one of `rows` super-rows: `fold` pixels side by side
// form one row of fold * channels lanes, a multiple of the vector width whatever the channels.
// Channel vectors are repeated to that length. Pixels that fill no row are left for the end.

enum { WIDTH = 16, SHORTEST = 512, UNROLL = 8, SEGMENT = 128 };

INLINE long fold_of(long pixels, long channels) {
  long fold = 1;
  while (fold * channels % WIDTH != 0) fold *= 2;
  while (fold * channels < SHORTEST) fold *= 2;
  return pixels >= 4 * fold ? fold : 1;
}

INLINE float *repeated(const float *values, long channels, long fold) {
  float *result = aligned_alloc(64, ((unsigned long)(channels * fold) * sizeof(float) + 63) / 64 * 64);
  for (long i = 0; i < fold; i++) {
    memcpy(result + i * channels, values, (unsigned long)channels * sizeof(float));
  }
  return result;
}

INLINE void drain(float *restrict block, double *restrict sums, long count) {
  for (long i = 0; i < count; i++) {
    sums[i] += block[i];
    block[i] = 0;
  }
}

/// Folds the workers' sums by lane into sums by channel, in a fixed order.
INLINE void gather(const double *sums, int workers, long lanes, long channels, double *first,
                   double *second) {
  for (int worker = 0; worker < workers; worker++) {
    const double *part = sums + worker * 2 * lanes;
    for (long start = 0; start < lanes; start += channels) {
      for (long i = 0; i < channels; i++) {
        first[i] += part[start + i];
        second[i] += part[lanes + start + i];
      }
    }
  }
}
