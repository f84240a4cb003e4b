#pragma once

#include <stdlib.h>

#include "internal.h"

/// What each worker finds: sums of its values' distances from its centers, and of their squares,
/// [2][channels]; these centers; and how many pixels it had. Null where nobody wants moments.
typedef struct {
  double *sums;
  float *centers;
  long *counts;
} worker_moments;

INLINE worker_moments make_moments(int threads, long channels) {
  worker_moments moments = {
      calloc((unsigned long)(threads * 2 * channels), sizeof(double)),
      calloc((unsigned long)(threads * channels), sizeof(float)),
      calloc((unsigned long)threads, sizeof(long))};
  return moments;
}

/// Mean and biased variance of each channel from those of several workers' pixels, by the formula
/// of Chan, Golub & LeVeque (1979). Frees what they found.
INLINE void join_moments(worker_moments moments, int workers, long channels, float *mean,
                         float *variance) {
  for (long c = 0; c < channels; c++) {
    double total = 0, average = 0, spread = 0;
    for (int worker = 0; worker < workers; worker++) {
      if (moments.counts[worker] == 0) continue;
      const double count = (double)moments.counts[worker];
      const double *first = moments.sums + worker * 2 * channels, *second = first + channels;
      const double offset = first[c] / count;
      const double distance = moments.centers[worker * channels + c] + offset - average;
      spread += second[c] - offset * offset * count
          + distance * distance * total * count / (total + count);
      average += distance * count / (total + count);
      total += count;
    }
    mean[c] = (float)average;
    variance[c] = (float)(spread < 0 ? 0 : spread / total);
  }
  free(moments.sums);
  free(moments.centers);
  free(moments.counts);
}

/// Adds up two rows of sums by channel, [2][channels] of each worker, in a fixed order.
INLINE void join_sums(const double *sums, int workers, long channels, float *first, float *second) {
  for (long c = 0; c < channels; c++) {
    double totals[2] = {0, 0};
    for (int worker = 0; worker < workers; worker++) {
      totals[0] += sums[worker * 2 * channels + c];
      totals[1] += sums[(worker * 2 + 1) * channels + c];
    }
    first[c] = (float)totals[0];
    second[c] = (float)totals[1];
  }
}
