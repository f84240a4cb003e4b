#include "winograd.h"

#include <string.h>

// Convolution: the input's tiles are transformed, multiplied point by point with the transformed
// weights, and transformed back. A block of tiles goes through all three steps before the next, so
// that what lies between stays in the cache.

enum { LEAST_TILES = 24, MOST_TILES = 48 };

/// Tiles of a block: few, which leaves them in a processor's own cache, but more where there are
/// more weights to fetch for each.
static long block_tiles(const ck_winograd *g) {
  long most = min_long(max_long(g->in_channels / LANES, LEAST_TILES), MOST_TILES);
  long tiles = tile_count(g), blocks = (tiles + most - 1) / most;
  return round_up((tiles + blocks - 1) / blocks, ROWS);
}

typedef struct {
  const ck_winograd *geometry;
  const float *x, *weights, *bias, *residual;
  float low, high;
  float *y, *scratch;
  long tiles_per_block, scratch_length;
} convolve_job;

// A point's tiles lie an odd number of vectors behind the last one's, see row_length.
static long input_step(const ck_winograd *g, long tiles) {
  return tiles * row_length(g->in_channels) + (tiles % 2 == 0 ? LANES : 0);
}

static long output_step(long tiles) { return tiles * PANEL + LANES; }

static long convolve_scratch(const ck_winograd *g, long tiles) {
  return round_up(g->in_channels, LANES) + POINTS * (input_step(g, tiles) + output_step(tiles));
}

long ck_winograd_scratch(int threads, const ck_winograd *g) {
  return threads * convolve_scratch(g, block_tiles(g));
}

/// m -> A' m, four outputs from six points.
INLINE void finish_line(const lanes *m, const long step, lanes *y, const long y_step) {
  lanes near_sum = m[step] + m[2 * step], near_difference = m[step] - m[2 * step];
  lanes far_sum = m[3 * step] + m[4 * step], far_difference = m[3 * step] - m[4 * step];
  y[0] = m[0] + near_sum + far_sum;
  y[y_step] = NEAR * near_difference + FAR * far_difference;
  y[2 * y_step] = NEAR2 * near_sum + FAR2 * far_sum;
  y[3 * y_step] = NEAR * NEAR2 * near_difference + FAR * FAR2 * far_difference + m[5 * step];
}

/// Transforms LANES channels from `c` of one tile back and writes the pixels that exist.
INLINE void finish_tile(const convolve_job *p, const float *points, long step, tile_place place,
                        long c) {
  const ck_winograd *g = p->geometry;
  lanes m[POINTS], half[OUTPUTS * INPUTS], y[OUTPUTS];
  for (int i = 0; i < POINTS; i++) m[i] = read_lanes(points + i * step);
  for (int j = 0; j < INPUTS; j++) finish_line(m + j, INPUTS, half + j, INPUTS);
  const long channels = g->out_channels, count = min_long(channels - c, LANES);
  const long columns = min_long(g->out_width - place.x, OUTPUTS);
  const long rows = min_long(g->out_height - place.y, OUTPUTS);
  lanes bias = p->bias ? read_channels(p->bias, c, count) : (lanes){0};
  for (long i = 0; i < rows; i++) {
    finish_line(half + i * INPUTS, 1, y, 1);
    const long first =
        ((place.image * g->out_height + place.y + i) * g->out_width + place.x) * channels + c;
    for (long j = 0; j < columns; j++) {
      const long at = first + j * channels;
      lanes value = y[j] + bias;
      if (p->residual) value += read_channels(p->residual + at, 0, count);
      value = limited(value, p->low, p->high);
      if (count == LANES) {
        write_lanes(p->y + at, value);
      } else {
        for (long l = 0; l < count; l++) p->y[at + l] = value[l];
      }
    }
  }
}

INLINE void convolve_lines(const void *context, long begin, long end, int worker, const int rows,
                           const int vectors) {
  const convolve_job *p = context;
  const ck_winograd *g = p->geometry;
  const tile_grid grid = grid_of(g);
  const long length = row_length(g->in_channels), tiles = tile_count(g);
  const long in_step = input_step(g, p->tiles_per_block);
  const long out_step = output_step(p->tiles_per_block);
  const long weight_step = weights_step(g->out_channels, g->in_channels);
  float *zeros = p->scratch + worker * p->scratch_length;
  float *inputs = zeros + round_up(g->in_channels, LANES);
  float *outputs = inputs + POINTS * in_step;
  memset(zeros, 0, (unsigned long)g->in_channels * sizeof(float));
  for (long block = begin; block < end; block++) {
    const long first = block * p->tiles_per_block;
    const long count = min_long(tiles - first, p->tiles_per_block), padded = round_up(count, ROWS);
    for (long t = 0; t < count; t++) {
      read_tile(g, p->x, place_of(grid, first + t), zeros, inputs + t * length, in_step);
    }
    for (int point = 0; point < POINTS; point++) {
      float *rest = inputs + point * in_step + count * length;
      memset(rest, 0, (unsigned long)((padded - count) * length) * sizeof(float));
    }
    for (long c = 0; c < g->out_channels; c += PANEL) {
      const int wanted = g->out_channels - c > LANES ? 2 : 1;
      for (int point = 0; point < POINTS; point++) {
        const float *weights = p->weights + point * weight_step + c * g->in_channels;
        for (long t = 0; t < padded; t += ROWS) {
          const float *from = inputs + point * in_step + t * length;
          float *to = outputs + point * out_step + t * PANEL;
          multiply_columns(from, length, 1, weights, LANES * g->in_channels, LANES, to, PANEL, LANES,
                           g->in_channels, 0, nothing_ahead(from), NULL, rows, vectors,
                           g->out_channels - c);
        }
      }
      for (long t = 0; t < count; t++) {
        const tile_place place = place_of(grid, first + t);
        for (int v = 0; v < wanted; v++) {
          finish_tile(p, outputs + t * PANEL + v * LANES, out_step, place, c + v * LANES);
        }
      }
    }
  }
}

SHAPED_LOOP(convolve)

void ck_winograd_convolve(int threads, const ck_winograd *g, const float *x, const float *weights,
                          const float *bias, const float *residual, float low, float high, float *y,
                          float *scratch) {
  const long tiles = block_tiles(g);
  convolve_job job = {g,   x,    weights, bias,    residual,
                      low, high, y,       scratch, tiles, convolve_scratch(g, tiles)};
  ck_for(threads, (tile_count(g) + tiles - 1) / tiles, 1, convolve, &job);
}
