#include <string.h>

#include "internal.h"

typedef struct {
  const float *source;
  float *target;
  long source_stride, target_stride, length;
  int adds;
} blocks;

LOOP(copy_part) {
  const blocks *p = context;
  const long length = p->length;
  if (p->adds) {
    for (long block = begin; block < end; block++) {
      const float *source = p->source + block * p->source_stride;
      float *target = p->target + block * p->target_stride;
      VECTORIZE for (long i = 0; i < length; i++) target[i] += source[i];
    }
    return;
  }
  for (long block = begin; block < end; block++) {
    const float *source = p->source + block * p->source_stride;
    float *target = p->target + block * p->target_stride;
    if (length > 512) {
      memcpy(target, source, (unsigned long)length * sizeof(float));
    } else {
      VECTORIZE for (long i = 0; i < length; i++) target[i] = source[i];
    }
  }
}

void ck_copy_blocks(int threads, const float *source, long source_stride, float *target,
                    long target_stride, long length, long count, int adds) {
  if (length == 0 || count == 0) return;
  if (count < threads && length > 4 * GRAIN) {
    // Few long blocks: divide each.
    for (long block = 0; block < count; block++) {
      ck_copy_blocks(threads, source + block * source_stride, GRAIN,
                     target + block * target_stride, GRAIN, GRAIN, length / GRAIN, adds);
      long done = length / GRAIN * GRAIN;
      ck_copy_blocks(1, source + block * source_stride + done, 0,
                     target + block * target_stride + done, 0, length - done, 1, adds);
    }
    return;
  }
  blocks context = {source, target, source_stride, target_stride, length, adds};
  ck_for(threads, count, grain_of(length), copy_part, &context);
}

typedef struct {
  const float *source;
  float *target;
  long rows, columns, row_blocks;
} transposition;

enum { TILE = 16 };

LOOP(transpose_part) {
  const transposition *p = context;
  const long rows = p->rows, columns = p->columns;
  for (long item = begin; item < end; item++) {
    long matrix = item / p->row_blocks, first = item % p->row_blocks * TILE;
    const float *source = p->source + matrix * rows * columns;
    float *target = p->target + matrix * rows * columns;
    long row_end = min_long(first + TILE, rows);
    for (long column = 0; column < columns; column++) {
      for (long row = first; row < row_end; row++) {
        target[column * rows + row] = source[row * columns + column];
      }
    }
  }
}

void ck_transpose(int threads, const float *source, float *target, long batch, long rows,
                  long columns) {
  transposition context = {source, target, rows, columns, (rows + TILE - 1) / TILE};
  ck_for(threads, batch * context.row_blocks, grain_of(TILE * columns), transpose_part, &context);
}

typedef struct {
  const float *source;
  float *target;
  long channels, groups;
} shuffling;

LOOP(shuffle_part) {
  const shuffling *p = context;
  const long channels = p->channels, groups = p->groups, size = channels / groups;
  for (long pixel = begin; pixel < end; pixel++) {
    const float *source = p->source + pixel * channels;
    float *target = p->target + pixel * channels;
    for (long group = 0; group < groups; group++) {
      for (long i = 0; i < size; i++) target[i * groups + group] = source[group * size + i];
    }
  }
}

void ck_channel_shuffle(int threads, const float *source, float *target, long pixels,
                        long channels, long groups) {
  shuffling context = {source, target, channels, groups};
  ck_for(threads, pixels, grain_of(channels), shuffle_part, &context);
}
