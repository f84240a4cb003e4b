#pragma once

#include "products.h"

// Winograd's minimal filtering F(4 x 4, 3 x 3) in the form of Lavin and Gray (arXiv 1509.09308):
// outputs are computed in tiles of 4 x 4 from 6 x 6 inputs. Transformed, a tile has 36 points, each
// of which takes part in a matrix product of its own: a quarter of the multiplications.

enum { OUTPUTS = 4, INPUTS = 6, POINTS = 36, TAPS = 9 };

/// Floats from one row of channels to the next: an odd number of vectors, because rows at powers of
/// two would share the same few places of the cache.
INLINE long row_length(long channels) { return ((channels + LANES - 1) / LANES | 1) * LANES; }

/// Floats from the packed weights of one point to the next's.
INLINE long weights_step(long given_channels, long taken_channels) {
  return round_up(given_channels, LANES) * taken_channels + LANES;
}

/// Where the tiles of an image lie.
typedef struct {
  long rows, columns;
} tile_grid;

INLINE tile_grid grid_of(const ck_winograd *g) {
  tile_grid grid = {(g->out_height + OUTPUTS - 1) / OUTPUTS, (g->out_width + OUTPUTS - 1) / OUTPUTS};
  return grid;
}

INLINE long tile_count(const ck_winograd *g) {
  tile_grid grid = grid_of(g);
  return g->images * grid.rows * grid.columns;
}

/// Image and first output of a tile.
typedef struct {
  long image, y, x;
} tile_place;

INLINE tile_place place_of(tile_grid grid, long tile) {
  tile_place place = {tile / (grid.rows * grid.columns), tile / grid.columns % grid.rows * OUTPUTS,
                      tile % grid.columns * OUTPUTS};
  return place;
}

/// Addresses of `size` x `size` pixels from (`y`, `x`) of an image; those outside it are at `zeros`.
INLINE void find_pixels(const float *image, long height, long width, long channels, long y, long x,
                        const int size, const float *zeros, const float **pixels) {
  for (int i = 0; i < size; i++) {
    for (int j = 0; j < size; j++) {
      long row = y + i, column = x + j;
      int inside = row >= 0 && row < height && column >= 0 && column < width;
      pixels[i * size + j] = inside ? image + (row * width + column) * channels : zeros;
    }
  }
}

/// Reads channels `c` ..< `c` + LANES of a pixel, of which `count` exist.
INLINE lanes read_channels(const float *pixel, long c, long count) {
  if (count >= LANES) return read_lanes(pixel + c);
  lanes values = {0};
  for (long i = 0; i < count; i++) values[i] = pixel[c + i];
  return values;
}

// A tile is evaluated at 0, infinity, and these points and their negatives, instead of the usual 1
// and 2: that halves the rounding error, to about twice that of plain sums (compare Barabasz et al.,
// arXiv 1803.10986). Their product is 1, which saves factors below.
#define NEAR (2.0f / 3)
#define FAR (3.0f / 2)
#define NEAR2 (NEAR * NEAR)
#define FAR2 (FAR * FAR)

/// d -> B' d, six points from six inputs.
INLINE void transform_line(const lanes *d, const long step, lanes *v, const long v_step) {
  lanes d0 = d[0], d1 = d[step], d2 = d[2 * step], d3 = d[3 * step], d4 = d[4 * step],
        d5 = d[5 * step];
  lanes near_even = d4 - FAR2 * d2, near_odd = NEAR * d3 - FAR * d1;
  lanes far_even = d4 - NEAR2 * d2, far_odd = FAR * d3 - NEAR * d1;
  v[0] = d0 - (NEAR2 + FAR2) * d2 + d4;
  v[v_step] = near_even + near_odd;
  v[2 * v_step] = near_even - near_odd;
  v[3 * v_step] = far_even + far_odd;
  v[4 * v_step] = far_even - far_odd;
  v[5 * v_step] = d1 - (NEAR2 + FAR2) * d3 + d5;
}

/// Transforms `channels` of an input tile; point p goes to `to` + p * `point_step`.
INLINE void transform_input(const float *const *pixels, long channels, float *to, long point_step) {
  for (long c = 0; c < channels; c += LANES) {
    lanes d[POINTS], half[POINTS], v[INPUTS];
    for (int p = 0; p < POINTS; p++) d[p] = read_channels(pixels[p], c, channels - c);
    for (int j = 0; j < INPUTS; j++) transform_line(d + j, INPUTS, half + j, INPUTS);
    for (int i = 0; i < INPUTS; i++) {
      transform_line(half + i * INPUTS, 1, v, 1);
      for (int j = 0; j < INPUTS; j++) {
        write_lanes(to + (i * INPUTS + j) * point_step + c, v[j]);
      }
    }
  }
}

/// Finds and transforms the input of a tile.
INLINE void read_tile(const ck_winograd *g, const float *x, tile_place place, const float *zeros,
                      float *to, long point_step) {
  const float *pixels[POINTS];
  find_pixels(x + place.image * g->height * g->width * g->in_channels, g->height, g->width,
              g->in_channels, place.y - g->pad_top, place.x - g->pad_left, INPUTS, zeros, pixels);
  transform_input(pixels, g->in_channels, to, point_step);
}
