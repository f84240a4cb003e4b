#pragma once

#include <string.h>

#include "lane_functions.h"
#include "transpose.h"

// Rows of few scores, as the pixels of a segmentation have them: LANES rows are turned around, so that a
// vector holds the scores of one class. What a row gives does not depend on the rows beside it.

enum { FEW = 128 };

/// Whether rows of so many scores are worth turning around.
INLINE int are_few(long classes) { return classes > 1 && classes <= FEW; }

/// to[classes][LANES] from `rows` rows, of which the first LANES are taken; missing ones are 0.
INLINE void turn_rows(const float *x, long rows, long classes, float *to) {
  float copy[(FEW + 1) * LANES];
  // The last vector of a row reaches into the next ones.
  if (rows * classes < LANES * classes + LANES) {
    const long count = min_long(rows, LANES) * classes;
    memcpy(copy, x, (unsigned long)count * sizeof(float));
    memset(copy + count, 0, (unsigned long)(LANES * classes + LANES - count) * sizeof(float));
    x = copy;
  }
  for (long k = 0; k < classes; k += LANES) transpose(x + k, classes, to + k * LANES, LANES);
}

/// The other way, for at most LANES rows.
INLINE void turn_back(const float *from, float *y, long rows, long classes) {
  float block[LANES * LANES];
  for (long k = 0; k < classes; k += LANES) {
    const long width = min_long(LANES, classes - k);
    if (width == LANES && rows >= LANES) {
      transpose(from + k * LANES, LANES, y + k, classes);
      continue;
    }
    transpose(from + k * LANES, LANES, block, LANES);
    for (long row = 0; row < min_long(rows, LANES); row++) {
      for (long i = 0; i < width; i++) y[row * classes + k + i] = block[row * LANES + i];
    }
  }
}

/// Of LANES rows: their largest scores, and the sums of the exponentials of what scores are below those,
/// by which the scores are replaced.
INLINE void exponentials(float *scores, long classes, lanes *largest, lanes *sum) {
  lanes top = (lanes)-INFINITY, total = (lanes)0;
  for (long k = 0; k < classes; k++) {
    const lanes x = read_lanes(scores + k * LANES);
    top = x > top ? x : top;
  }
  for (long k = 0; k < classes; k++) {
    float below[LANES];
    write_lanes(below, read_lanes(scores + k * LANES) - top);
    float *to = scores + k * LANES;
    EACH_LANE to[l] = fast_exp(below[l]);
    total += read_lanes(to);
  }
  *largest = top;
  *sum = total;
}

/// Logarithms one by one, as there is one a row only.
INLINE lanes logarithms(lanes x) {
  float values[LANES];
  write_lanes(values, x);
  for (int l = 0; l < LANES; l++) values[l] = logf(values[l]);
  return read_lanes(values);
}
