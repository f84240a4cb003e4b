#include <math.h>
#include <string.h>

#include "products.h"

// Regions of activations brought to one size (He et al., "Mask R-CNN", 2017), channels last. A region is
// cut into bins, and a bin has samples at equal distances, each between four pixels. Samples lie on a grid,
// so the mean of a bin is a product of a weight for each row and one for each column: a pixel that several
// samples share is read once.

/// One axis of a region.
typedef struct {
  float start, bin;
  long samples, extent;
} axis_cut;

/// Pixels first ... last, or none where last < first.
typedef struct {
  int first, last;
} span;

typedef struct {
  const ck_regions *r;
  const float *boxes, *x;
  float *y, *scratch;
  int *chosen;
} region_job;

INLINE axis_cut cut_axis(const ck_regions *r, float low, float high, long parts, long extent) {
  const float offset = r->aligned ? 0.5f : 0;
  axis_cut cut = {.start = low * r->scale - offset, .extent = extent};
  float length = (high * r->scale - offset) - cut.start;
  if (!r->aligned) length = length < 1 ? 1 : length;
  cut.bin = length / (float)parts;
  cut.samples = r->samples;
  // A region that is no region has none. NaN and boundless ones neither.
  if (!(length >= 0 && length < 1e7f && fabsf(cut.start) < 1e7f)) {
    cut.samples = 0;
  } else if (cut.samples <= 0) {
    cut.samples = (long)ceilf(cut.bin);
  }
  return cut;
}

INLINE void cut_region(const ck_regions *r, const float *box, axis_cut *rows, axis_cut *columns) {
  *rows = cut_axis(r, box[2], box[4], r->out_height, r->height);
  *columns = cut_axis(r, box[1], box[3], r->out_width, r->width);
}

INLINE float position(const axis_cut *cut, long part, long sample) {
  return cut->start + (float)part * cut->bin
      + ((float)sample + 0.5f) * cut->bin / (float)cut->samples;
}

/// The two pixels around a sample and the share of the second; 0 for a sample outside.
INLINE int neighbours(const axis_cut *cut, float at, int *low, int *high, float *share) {
  if (!(at >= -1 && at <= (float)cut->extent)) return 0;
  at = at <= 0 ? 0 : at;
  *low = (int)at;
  if (*low >= cut->extent - 1) {
    *low = *high = (int)cut->extent - 1;
    *share = 0;
  } else {
    *high = *low + 1;
    *share = at - (float)*low;
  }
  return 1;
}

/// What the pixels of an axis count in a bin, summed over the bin's samples.
INLINE span weigh(const axis_cut *cut, long part, float *weights) {
  span result = {0, -1};
  for (long sample = 0; sample < cut->samples; sample++) {
    int low, high;
    float share;
    if (!neighbours(cut, position(cut, part, sample), &low, &high, &share)) continue;
    if (result.last < result.first) {
      result.first = low;
      result.last = low - 1;
    }
    while (result.last < high) weights[++result.last] = 0;
    weights[low] += 1 - share;
    weights[high] += share;
  }
  return result;
}

/// Of a worker: the weights of an axis' pixels in each bin.
typedef struct {
  float *rows, *columns;
  span *column_spans;
} region_scratch;

INLINE long scratch_count(const ck_regions *r) {
  return round_up(r->height + r->out_width * (r->width + 2), LANES);
}

INLINE region_scratch scratch_of(const region_job *p, int worker) {
  const ck_regions *r = p->r;
  float *start = p->scratch + worker * scratch_count(r);
  region_scratch scratch = {start, start + r->height,
                            (span *)(start + r->height + r->out_width * r->width)};
  return scratch;
}

INLINE void weigh_columns(const ck_regions *r, const axis_cut *columns, region_scratch scratch) {
  for (long part = 0; part < r->out_width; part++) {
    scratch.column_spans[part] = weigh(columns, part, scratch.columns + part * r->width);
  }
}

INLINE float reciprocal_count(const axis_cut *rows, const axis_cut *columns) {
  return 1 / (float)max_long(rows->samples * columns->samples, 1);
}

/// Sums of `vectors` vectors of channels over the pixels of a bin.
INLINE void sum_bin(const float *x, long line, long channels, span rows, const float *row_weights,
                    span columns, const float *column_weights, float scale, float *y,
                    const int vectors) {
  lanes sums[4];
  for (int v = 0; v < vectors; v++) sums[v] = (lanes)0;
  for (int row = rows.first; row <= rows.last; row++) {
    const float row_weight = row_weights[row] * scale;
    for (int column = columns.first; column <= columns.last; column++) {
      const float *pixel = x + row * line + column * channels;
      const lanes weight = (lanes)(row_weight * column_weights[column]);
      for (int v = 0; v < vectors; v++) sums[v] += weight * read_lanes(pixel + v * LANES);
    }
  }
  for (int v = 0; v < vectors; v++) write_lanes(y + v * LANES, sums[v]);
}

INLINE void mean_bin(const float *x, long line, long channels, span rows, const float *row_weights,
                     span columns, const float *column_weights, float scale, float *y) {
  long channel = 0;
  for (; channel + 4 * LANES <= channels; channel += 4 * LANES) {
    sum_bin(x + channel, line, channels, rows, row_weights, columns, column_weights, scale,
            y + channel, 4);
  }
  for (; channel + LANES <= channels; channel += LANES) {
    sum_bin(x + channel, line, channels, rows, row_weights, columns, column_weights, scale,
            y + channel, 1);
  }
  for (; channel < channels; channel++) {
    float sum = 0;
    for (int row = rows.first; row <= rows.last; row++) {
      for (int column = columns.first; column <= columns.last; column++) {
        sum += row_weights[row] * scale * column_weights[column]
            * x[row * line + column * channels + channel];
      }
    }
    y[channel] = sum;
  }
}

/// The largest sample of a bin for each channel; a sample outside is 0.
INLINE void largest_bin(const float *x, long line, long channels, const axis_cut *rows, long row_part,
                        const axis_cut *columns, long column_part, float *y, int *chosen) {
  const long samples = rows->samples * columns->samples;
  for (long c = 0; c < channels; c++) {
    y[c] = samples > 0 ? -INFINITY : 0;
    chosen[c] = -1;
  }
  for (long sample = 0; sample < samples; sample++) {
    int top, bottom, left, right;
    float down, along;
    const int number = (int)sample;
    if (!neighbours(rows, position(rows, row_part, sample / columns->samples), &top, &bottom, &down)
        || !neighbours(columns, position(columns, column_part, sample % columns->samples), &left,
                       &right, &along)) {
      for (long c = 0; c < channels; c++) {
        chosen[c] = 0 > y[c] ? number : chosen[c];
        y[c] = 0 > y[c] ? 0 : y[c];
      }
      continue;
    }
    const float *a = x + top * line + left * channels, *b = x + top * line + right * channels;
    const float *d = x + bottom * line + left * channels, *e = x + bottom * line + right * channels;
    const float wa = (1 - down) * (1 - along), wb = (1 - down) * along, wd = down * (1 - along),
                we = down * along;
    VECTORIZE for (long c = 0; c < channels; c++) {
      float value = wa * a[c] + wb * b[c] + wd * d[c] + we * e[c];
      int is_larger = value > y[c];
      y[c] = is_larger ? value : y[c];
      chosen[c] = is_larger ? number : chosen[c];
    }
  }
}

/// Items are rows of bins.
LOOP(region_part) {
  const region_job *p = context;
  const ck_regions *r = p->r;
  const long channels = r->channels, line = r->width * channels;
  region_scratch scratch = scratch_of(p, worker);
  long held = -1;
  axis_cut rows, columns;
  for (long item = begin; item < end; item++) {
    const long region = item / r->out_height, part = item % r->out_height;
    const float *box = p->boxes + region * 5;
    if (region != held) {
      cut_region(r, box, &rows, &columns);
      if (!p->chosen) weigh_columns(r, &columns, scratch);
      held = region;
    }
    const float *x = p->x + (long)box[0] * r->height * line;
    float *y = p->y + item * r->out_width * channels;
    if (p->chosen) {
      for (long column = 0; column < r->out_width; column++) {
        largest_bin(x, line, channels, &rows, part, &columns, column, y + column * channels,
                    p->chosen + (item * r->out_width + column) * channels);
      }
      continue;
    }
    const span row_span = weigh(&rows, part, scratch.rows);
    const float scale = reciprocal_count(&rows, &columns);
    for (long column = 0; column < r->out_width; column++) {
      mean_bin(x, line, channels, row_span, scratch.rows, scratch.column_spans[column],
               scratch.columns + column * r->width, scale, y + column * channels);
    }
  }
}

long ck_region_scratch(int threads, const ck_regions *regions) {
  return threads * scratch_count(regions);
}

void ck_region_align(int threads, const ck_regions *regions, const float *boxes, const float *x,
                     float *y, int *chosen, float *scratch) {
  region_job job = {regions, boxes, x, y, scratch, chosen};
  ck_for(threads, regions->count * regions->out_height,
         grain_of(8 * regions->out_width * regions->channels), region_part, &job);
}

/// Adds what flows from a bin's mean to channels first ..< last of its pixels.
INLINE void spread_bin(const float *dy, float *dx, long line, long channels, long first, long last,
                       span rows, const float *row_weights, span columns,
                       const float *column_weights, float scale) {
  for (int row = rows.first; row <= rows.last; row++) {
    for (int column = columns.first; column <= columns.last; column++) {
      const float weight = row_weights[row] * scale * column_weights[column];
      float *pixel = dx + row * line + column * channels;
      VECTORIZE for (long c = first; c < last; c++) pixel[c] += weight * dy[c];
    }
  }
}

INLINE void spread_largest(const float *dy, const int *chosen, float *dx, long line, long channels,
                           long first, long last, const axis_cut *rows, long row_part,
                           const axis_cut *columns, long column_part) {
  for (long c = first; c < last; c++) {
    int top, bottom, left, right;
    float down, along;
    if (chosen[c] < 0
        || !neighbours(rows, position(rows, row_part, chosen[c] / columns->samples), &top, &bottom,
                       &down)
        || !neighbours(columns, position(columns, column_part, chosen[c] % columns->samples), &left,
                       &right, &along)) {
      continue;
    }
    dx[top * line + left * channels + c] += (1 - down) * (1 - along) * dy[c];
    dx[top * line + right * channels + c] += (1 - down) * along * dy[c];
    dx[bottom * line + left * channels + c] += down * (1 - along) * dy[c];
    dx[bottom * line + right * channels + c] += down * along * dy[c];
  }
}

/// Items are vectors of channels, of all pixels: no two workers add to the same element, and each adds in
/// the same order.
LOOP(region_backward_part) {
  const region_job *p = context;
  const ck_regions *r = p->r;
  const long channels = r->channels, line = r->width * channels;
  const long first = begin * LANES, last = min_long(end * LANES, channels);
  region_scratch scratch = scratch_of(p, worker);
  for (long pixel = 0; pixel < r->images * r->height * r->width; pixel++) {
    memset(p->y + pixel * channels + first, 0, (unsigned long)(last - first) * sizeof(float));
  }
  for (long region = 0; region < r->count; region++) {
    const float *box = p->boxes + region * 5;
    axis_cut rows, columns;
    cut_region(r, box, &rows, &columns);
    if (rows.samples == 0 || columns.samples == 0) continue;
    if (!p->chosen) weigh_columns(r, &columns, scratch);
    const float scale = reciprocal_count(&rows, &columns);
    float *dx = p->y + (long)box[0] * r->height * line;
    for (long part = 0; part < r->out_height; part++) {
      span row_span = {0, -1};
      if (!p->chosen) row_span = weigh(&rows, part, scratch.rows);
      for (long column = 0; column < r->out_width; column++) {
        const long bin = ((region * r->out_height + part) * r->out_width + column) * channels;
        if (p->chosen) {
          spread_largest(p->x + bin, p->chosen + bin, dx, line, channels, first, last, &rows, part,
                         &columns, column);
        } else {
          spread_bin(p->x + bin, dx, line, channels, first, last, row_span, scratch.rows,
                     scratch.column_spans[column], scratch.columns + column * r->width, scale);
        }
      }
    }
  }
}

void ck_region_align_backward(int threads, const ck_regions *regions, const float *boxes,
                              const int *chosen, const float *dy, float *dx, float *scratch) {
  region_job job = {regions, boxes, dy, dx, scratch, (int *)chosen};
  const long pixels = regions->images * regions->height * regions->width;
  ck_for(threads, (regions->channels + LANES - 1) / LANES, grain_of(pixels * LANES),
         region_backward_part, &job);
}
