#include <stdlib.h>
#include <string.h>

#include "internal.h"

INLINE void copy(float *restrict target, const float *restrict source, long count) {
  if (count > 512) {
    memcpy(target, source, (unsigned long)count * sizeof(float));
  } else {
    VECTORIZE for (long i = 0; i < count; i++) target[i] = source[i];
  }
}

INLINE void clear(float *target, long count) {
  memset(target, 0, (unsigned long)count * sizeof(float));
}

// MARK: Copies of pixels

typedef struct {
  const ck_remapping *map;
  const float *x;
  float *y;
} remap_job;

/// Columns from `first` on that come from neighbours: they are moved together.
INLINE long run_length(const int *columns, long first, long count) {
  long length = 1;
  if (columns[first] < 0) {
    while (first + length < count && columns[first + length] < 0) length++;
  } else {
    while (first + length < count && columns[first + length] == columns[first] + length) length++;
  }
  return length;
}

LOOP(remap_part) {
  const remap_job *p = context;
  const ck_remapping *m = p->map;
  const long channels = m->channels, width = m->out_width, line = width * channels;
  for (long item = begin; item < end; item++) {
    long image = item / m->out_height, row = item % m->out_height;
    float *y = p->y + item * line;
    if (m->rows[row] < 0) {
      for (long i = 0; i < line; i++) y[i] = m->value;
      continue;
    }
    if (item > begin && row > 0 && m->rows[row] == m->rows[row - 1]) {
      copy(y, y - line, line);
      continue;
    }
    const float *x = p->x + (image * m->height + m->rows[row]) * m->width * channels;
    for (long column = 0, run; column < width; column += run) {
      run = run_length(m->columns, column, width);
      float *to = y + column * channels;
      if (m->columns[column] < 0) {
        for (long i = 0; i < run * channels; i++) to[i] = m->value;
      } else {
        copy(to, x + m->columns[column] * channels, run * channels);
      }
    }
  }
}

void ck_remap(int threads, const ck_remapping *map, const float *x, float *y) {
  remap_job job = {map, x, y};
  ck_for(threads, map->images * map->out_height, grain_of(map->out_width * map->channels),
         remap_part, &job);
}

/// Items are rows of dx.
LOOP(remap_backward_part) {
  const remap_job *p = context;
  const ck_remapping *m = p->map;
  const long channels = m->channels, width = m->out_width;
  for (long item = begin; item < end; item++) {
    long image = item / m->height, source = item % m->height;
    float *dx = p->y + item * m->width * channels;
    clear(dx, m->width * channels);
    for (long row = 0; row < m->out_height; row++) {
      if (m->rows[row] != source) continue;
      const float *dy = p->x + (image * m->out_height + row) * width * channels;
      for (long column = 0, run; column < width; column += run) {
        run = run_length(m->columns, column, width);
        if (m->columns[column] < 0) continue;
        const float *from = dy + column * channels;
        float *to = dx + m->columns[column] * channels;
        VECTORIZE for (long i = 0; i < run * channels; i++) to[i] += from[i];
      }
    }
  }
}

void ck_remap_backward(int threads, const ck_remapping *map, const float *dy, float *dx) {
  remap_job job = {map, dy, dx};
  long work = max_long(map->out_height / max_long(map->height, 1), 1) * map->out_width;
  ck_for(threads, map->images * map->height, grain_of(work * map->channels), remap_backward_part,
         &job);
}

// MARK: Between two pixels of each axis

typedef struct {
  const ck_interpolation *map;
  const float *x;
  float *y;
} interpolation_job;

/// One row of the input at the output's columns.
INLINE void along_row(const ck_interpolation *m, const float *restrict x, float *restrict line) {
  const long channels = m->channels;
  for (long column = 0; column < m->out_width; column++) {
    const float *low = x + m->columns.low[column] * channels;
    const float *high = x + m->columns.high[column] * channels;
    float share = m->columns.weight[column], rest = 1 - share;
    float *to = line + column * channels;
    VECTORIZE for (long c = 0; c < channels; c++) to[c] = rest * low[c] + share * high[c];
  }
}

/// Rows of the input are brought to the output's width once and kept for the rows that follow.
LOOP(interpolate_part) {
  const interpolation_job *p = context;
  const ck_interpolation *m = p->map;
  const long length = m->out_width * m->channels;
  float *lines = malloc((unsigned long)(2 * length) * sizeof(float));
  long held[2] = {-1, -1};
  for (long item = begin; item < end; item++) {
    long image = item / m->out_height, row = item % m->out_height;
    long wanted[2] = {image * m->height + m->rows.low[row], image * m->height + m->rows.high[row]};
    int slot[2];
    for (int side = 0; side < 2; side++) {
      long other = wanted[1 - side];
      slot[side] = held[0] == wanted[side] ? 0 : held[1] == wanted[side] ? 1 : -1;
      if (slot[side] >= 0) continue;
      // Never the line that the other side needs.
      slot[side] = held[0] == other ? 1 : 0;
      held[slot[side]] = wanted[side];
      along_row(m, p->x + wanted[side] * m->width * m->channels, lines + slot[side] * length);
    }
    const float *low = lines + slot[0] * length, *high = lines + slot[1] * length;
    float share = m->rows.weight[row], rest = 1 - share;
    float *y = p->y + item * length;
    VECTORIZE for (long i = 0; i < length; i++) y[i] = rest * low[i] + share * high[i];
  }
  free(lines);
}

void ck_interpolate(int threads, const ck_interpolation *map, const float *x, float *y) {
  interpolation_job job = {map, x, y};
  ck_for(threads, map->images * map->out_height, grain_of(2 * map->out_width * map->channels),
         interpolate_part, &job);
}

/// Items are rows of dx: what flows to one is gathered from the rows of dy, then along the row.
LOOP(interpolate_backward_part) {
  const interpolation_job *p = context;
  const ck_interpolation *m = p->map;
  const long channels = m->channels, length = m->out_width * channels;
  float *line = malloc((unsigned long)length * sizeof(float));
  for (long item = begin; item < end; item++) {
    long image = item / m->height, source = item % m->height;
    clear(line, length);
    for (long row = 0; row < m->out_height; row++) {
      float share = m->rows.weight[row];
      float factor = (m->rows.low[row] == source ? 1 - share : 0)
          + (m->rows.high[row] == source ? share : 0);
      if (factor == 0) continue;
      const float *dy = p->x + (image * m->out_height + row) * length;
      VECTORIZE for (long i = 0; i < length; i++) line[i] += factor * dy[i];
    }
    float *dx = p->y + item * m->width * channels;
    clear(dx, m->width * channels);
    for (long column = 0; column < m->out_width; column++) {
      float *low = dx + m->columns.low[column] * channels;
      float *high = dx + m->columns.high[column] * channels;
      const float *from = line + column * channels;
      float share = m->columns.weight[column], rest = 1 - share;
      VECTORIZE for (long c = 0; c < channels; c++) low[c] += rest * from[c];
      VECTORIZE for (long c = 0; c < channels; c++) high[c] += share * from[c];
    }
  }
  free(line);
}

void ck_interpolate_backward(int threads, const ck_interpolation *map, const float *dy,
                             float *dx) {
  interpolation_job job = {map, dy, dx};
  long work = max_long(map->out_height / max_long(map->height, 1), 1) * map->out_width;
  ck_for(threads, map->images * map->height, grain_of(2 * work * map->channels),
         interpolate_backward_part, &job);
}
