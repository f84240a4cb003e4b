#pragma once

#include "internal.h"

/// Mean and biased variance of each channel from those of several workers' pixels, by the formula
/// of Chan, Golub & LeVeque (1979).
///
/// Of each worker: `sums[2][channels]` are its values' distances from its `centers[channels]`,
/// summed, and their squares; `counts` are its pixels.
INLINE void join_moments(const double *sums, const float *centers, const long *counts, int workers,
                         long channels, float *mean, float *variance) {
  for (long c = 0; c < channels; c++) {
    double total = 0, average = 0, spread = 0;
    for (int worker = 0; worker < workers; worker++) {
      if (counts[worker] == 0) continue;
      const double count = (double)counts[worker];
      const double *first = sums + worker * 2 * channels, *second = first + channels;
      const double offset = first[c] / count;
      const double distance = centers[worker * channels + c] + offset - average;
      spread += second[c] - offset * offset * count
          + distance * distance * total * count / (total + count);
      average += distance * count / (total + count);
      total += count;
    }
    mean[c] = (float)average;
    variance[c] = (float)(spread < 0 ? 0 : spread / total);
  }
}
