#include <math.h>

#include "internal.h"

typedef struct {
  const ck_pooling *geometry;
  const float *x, *dy;
  float *y;
  int *chosen;
  const int *choice;
  int counts_padding;
  long channel_parts;
} pooling_job;

typedef struct {
  long top, bottom, left, right, area;
} window;

/// The part of an output pixel's window inside the image, and PyTorch's divisor for its mean.
INLINE window window_of(const ck_pooling *g, long row, long column, int counts_padding) {
  long top = row * g->stride_height - g->pad_top, left = column * g->stride_width - g->pad_left;
  long bottom = min_long(top + g->kernel_height, g->height + g->pad_top);
  long right = min_long(left + g->kernel_width, g->width + g->pad_left);
  long padded = (bottom - top) * (right - left);
  window w = {max_long(top, 0), min_long(bottom, g->height), max_long(left, 0),
              min_long(right, g->width), 0};
  w.area = counts_padding ? padded : (w.bottom - w.top) * (w.right - w.left);
  if (g->divisor > 0) w.area = g->divisor;
  return w;
}

/// A position of a dilated window: from `start` on, every `step`th below `end`.
INLINE void dilated_range(long place, long kernel, long step, long extent, long *start, long *end) {
  *start = place < 0 ? place + (-place + step - 1) / step * step : place;
  *end = min_long(place + (kernel - 1) * step + 1, extent);
}

INLINE window adaptive_window(const ck_pooling *g, long row, long column) {
  window w = {row * g->height / g->out_height,
              ((row + 1) * g->height + g->out_height - 1) / g->out_height,
              column * g->width / g->out_width,
              ((column + 1) * g->width + g->out_width - 1) / g->out_width, 0};
  w.area = (w.bottom - w.top) * (w.right - w.left);
  return w;
}

/// Takes the pixels of a window, each row and column `step` apart, into one output pixel.
INLINE void largest_of(const float *x, long channels, long width, window w, long row_step,
                       long column_step, float *restrict y, int *restrict chosen) {
  int first = (int)(w.top * width + w.left);
  for (long c = 0; c < channels; c++) {
    y[c] = -INFINITY;
    chosen[c] = first;
  }
  for (long i = w.top; i < w.bottom; i += row_step) {
    for (long j = w.left; j < w.right; j += column_step) {
      int pixel = (int)(i * width + j);
      const float *from = x + (long)pixel * channels;
      VECTORIZE for (long c = 0; c < channels; c++) {
        int wins = from[c] > y[c] || from[c] != from[c];
        y[c] = wins ? from[c] : y[c];
        chosen[c] = wins ? pixel : chosen[c];
      }
    }
  }
}

INLINE void max_rows(const pooling_job *p, long begin, long end, const int adaptive) {
  const ck_pooling *g = p->geometry;
  const long channels = g->channels;
  for (long item = begin; item < end; item++) {
    long image = item / g->out_height, row = item % g->out_height;
    const float *x = p->x + image * g->height * g->width * channels;
    for (long column = 0; column < g->out_width; column++) {
      long place = (item * g->out_width + column) * channels;
      window w;
      if (adaptive) {
        w = adaptive_window(g, row, column);
      } else {
        dilated_range(row * g->stride_height - g->pad_top, g->kernel_height, g->dilation_height,
                      g->height, &w.top, &w.bottom);
        dilated_range(column * g->stride_width - g->pad_left, g->kernel_width, g->dilation_width,
                      g->width, &w.left, &w.right);
      }
      largest_of(x, channels, g->width, w, adaptive ? 1 : g->dilation_height,
                 adaptive ? 1 : g->dilation_width, p->y + place, p->chosen + place);
    }
  }
}

LOOP(max_part) { max_rows(context, begin, end, 0); }

LOOP(adaptive_max_part) { max_rows(context, begin, end, 1); }

void ck_max_pool(int threads, const ck_pooling *g, const float *x, float *y, int *chosen) {
  pooling_job job = {.geometry = g, .x = x, .y = y, .chosen = chosen};
  long work = g->out_width * g->channels * g->kernel_height * g->kernel_width;
  ck_for(threads, g->images * g->out_height, grain_of(work), max_part, &job);
}

void ck_adaptive_max_pool(int threads, const ck_pooling *g, const float *x, float *y,
                          int *chosen) {
  pooling_job job = {.geometry = g, .x = x, .y = y, .chosen = chosen};
  long work = g->height * g->width * g->channels / max_long(g->out_height, 1);
  ck_for(threads, g->images * g->out_height, grain_of(work), adaptive_max_part, &job);
}

/// The images and channels of one part of a backward pass: parts never share an element of dx.
INLINE void part_range(const pooling_job *p, long item, long *image, long *first, long *last) {
  *image = item / p->channel_parts;
  long part = item % p->channel_parts;
  *first = p->geometry->channels * part / p->channel_parts;
  *last = p->geometry->channels * (part + 1) / p->channel_parts;
}

LOOP(max_backward_part) {
  const pooling_job *p = context;
  const ck_pooling *g = p->geometry;
  const long channels = g->channels, out_pixels = g->out_height * g->out_width;
  for (long item = begin; item < end; item++) {
    long image, first, last;
    part_range(p, item, &image, &first, &last);
    float *dx = p->y + image * g->height * g->width * channels;
    for (long pixel = 0; pixel < g->height * g->width; pixel++) {
      for (long c = first; c < last; c++) dx[pixel * channels + c] = 0;
    }
    for (long pixel = image * out_pixels; pixel < (image + 1) * out_pixels; pixel++) {
      const float *dy = p->dy + pixel * channels;
      const int *choice = p->choice + pixel * channels;
      for (long c = first; c < last; c++) dx[(long)choice[c] * channels + c] += dy[c];
    }
  }
}

static void run_backward(int threads, pooling_job *job, ck_body body) {
  const ck_pooling *g = job->geometry;
  job->channel_parts = g->images >= threads ? 1 : min_long(threads, max_long(g->channels / 16, 1));
  long work = g->height * g->width * g->channels / job->channel_parts;
  ck_for(threads, g->images * job->channel_parts, grain_of(work), body, job);
}

void ck_max_pool_backward(int threads, const ck_pooling *g, const int *chosen, const float *dy,
                          float *dx) {
  pooling_job job = {.geometry = g, .dy = dy, .y = dx, .choice = chosen};
  run_backward(threads, &job, max_backward_part);
}

INLINE void mean_rows(const pooling_job *p, long begin, long end, const int adaptive) {
  const ck_pooling *g = p->geometry;
  const long channels = g->channels;
  for (long item = begin; item < end; item++) {
    long image = item / g->out_height, row = item % g->out_height;
    const float *x = p->x + image * g->height * g->width * channels;
    for (long column = 0; column < g->out_width; column++) {
      float *y = p->y + (item * g->out_width + column) * channels;
      window w = adaptive ? adaptive_window(g, row, column)
                          : window_of(g, row, column, p->counts_padding);
      for (long c = 0; c < channels; c++) y[c] = 0;
      for (long i = w.top; i < w.bottom; i++) {
        for (long j = w.left; j < w.right; j++) {
          const float *from = x + (i * g->width + j) * channels;
          VECTORIZE for (long c = 0; c < channels; c++) y[c] += from[c];
        }
      }
      float scale = 1.0f / (float)w.area;
      for (long c = 0; c < channels; c++) y[c] *= scale;
    }
  }
}

INLINE void mean_backward(const pooling_job *p, long begin, long end, const int adaptive) {
  const ck_pooling *g = p->geometry;
  const long channels = g->channels;
  for (long item = begin; item < end; item++) {
    long image, first, last;
    part_range(p, item, &image, &first, &last);
    float *dx = p->y + image * g->height * g->width * channels;
    for (long pixel = 0; pixel < g->height * g->width; pixel++) {
      for (long c = first; c < last; c++) dx[pixel * channels + c] = 0;
    }
    for (long row = 0; row < g->out_height; row++) {
      for (long column = 0; column < g->out_width; column++) {
        const float *dy =
            p->dy + ((image * g->out_height + row) * g->out_width + column) * channels;
        window w = adaptive ? adaptive_window(g, row, column)
                            : window_of(g, row, column, p->counts_padding);
        float scale = 1.0f / (float)w.area;
        for (long i = w.top; i < w.bottom; i++) {
          for (long j = w.left; j < w.right; j++) {
            float *to = dx + (i * g->width + j) * channels;
            VECTORIZE for (long c = first; c < last; c++) to[c] += scale * dy[c];
          }
        }
      }
    }
  }
}

LOOP(average_part) {
  mean_rows(context, begin, end, 0);
}

LOOP(adaptive_part) {
  mean_rows(context, begin, end, 1);
}

LOOP(average_backward_part) {
  mean_backward(context, begin, end, 0);
}

LOOP(adaptive_backward_part) {
  mean_backward(context, begin, end, 1);
}

void ck_average_pool(int threads, const ck_pooling *g, int counts_padding, const float *x,
                     float *y) {
  pooling_job job = {.geometry = g, .x = x, .y = y, .counts_padding = counts_padding};
  long work = g->out_width * g->channels * g->kernel_height * g->kernel_width;
  ck_for(threads, g->images * g->out_height, grain_of(work), average_part, &job);
}

void ck_average_pool_backward(int threads, const ck_pooling *g, int counts_padding,
                              const float *dy, float *dx) {
  pooling_job job = {.geometry = g, .dy = dy, .y = dx, .counts_padding = counts_padding};
  run_backward(threads, &job, average_backward_part);
}

void ck_adaptive_pool(int threads, const ck_pooling *g, const float *x, float *y) {
  pooling_job job = {.geometry = g, .x = x, .y = y};
  long work = g->height * g->width * g->channels / max_long(g->out_height, 1);
  ck_for(threads, g->images * g->out_height, grain_of(work), adaptive_part, &job);
}

void ck_adaptive_pool_backward(int threads, const ck_pooling *g, const float *dy, float *dx) {
  pooling_job job = {.geometry = g, .dy = dy, .y = dx};
  run_backward(threads, &job, adaptive_backward_part);
}
