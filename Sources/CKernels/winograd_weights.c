#include <string.h>

#include "winograd.h"

// Weights of Winograd's convolution, [36][O / 16][I][16], and the gradient of the plain ones: the
// tiles of the input and of the output's gradient are transformed and multiplied point by point,
// and the sums over all tiles transformed back.

// MARK: Packing

typedef struct {
  long out_channels, in_channels;
  int transposed;
  const float *plain, *scale;
  float *packed;
} pack_job;

/// What a polynomial's value at each of the two pairs of points is divided by.
#define NEAR_SHARE (1 / (2 * NEAR2 * (NEAR2 - FAR2)))
#define FAR_SHARE (1 / (2 * FAR2 * (FAR2 - NEAR2)))

/// g -> G g, six points from three taps.
INLINE void weight_line(lanes g0, lanes g1, lanes g2, lanes *u, const long step) {
  lanes near_even = NEAR_SHARE * g0 + NEAR_SHARE * NEAR2 * g2, near_odd = NEAR_SHARE * NEAR * g1;
  lanes far_even = FAR_SHARE * g0 + FAR_SHARE * FAR2 * g2, far_odd = FAR_SHARE * FAR * g1;
  u[0] = g0;
  u[step] = near_even + near_odd;
  u[2 * step] = near_even - near_odd;
  u[3 * step] = far_even + far_odd;
  u[4 * step] = far_even - far_odd;
  u[5 * step] = g2;
}

/// Channels of what the packed weights give and take: those of the plain ones the other way round
/// for the gradient of the input, which also turns the taps by half a circle.
LOOP(pack) {
  const pack_job *p = context;
  const long taken = p->transposed ? p->out_channels : p->in_channels;
  const long given = p->transposed ? p->in_channels : p->out_channels;
  const long point_step = weights_step(given, taken);
  const long given_step = (p->transposed ? 1 : p->in_channels) * TAPS;
  const long taken_step = (p->transposed ? p->in_channels : 1) * TAPS;
  for (long item = begin; item < end; item++) {
    const long block = item / taken, k = item % taken;
    const long count = min_long(given - block * LANES, LANES);
    const float *from = p->plain + block * LANES * given_step + k * taken_step;
    lanes taps[TAPS] = {{0}}, half[INPUTS * 3], u[INPUTS];
    for (long l = 0; l < count; l++) {
      const float factor = p->scale ? p->scale[p->transposed ? k : block * LANES + l] : 1;
      for (int t = 0; t < TAPS; t++) {
        taps[t][l] = factor * from[l * given_step + (p->transposed ? TAPS - 1 - t : t)];
      }
    }
    for (int j = 0; j < 3; j++) weight_line(taps[j], taps[3 + j], taps[6 + j], half + j, 3);
    float *to = p->packed + (block * taken + k) * LANES;
    for (int i = 0; i < INPUTS; i++) {
      weight_line(half[3 * i], half[3 * i + 1], half[3 * i + 2], u, 1);
      for (int j = 0; j < INPUTS; j++) write_lanes(to + (i * INPUTS + j) * point_step, u[j]);
    }
  }
}

long ck_winograd_weight_count(long given_channels, long taken_channels) {
  return POINTS * weights_step(given_channels, taken_channels);
}

void ck_winograd_pack(int threads, long out_channels, long in_channels, int transposed,
                      const float *plain, const float *scale, float *packed) {
  pack_job job = {out_channels, in_channels, transposed, plain, scale, packed};
  const long given = transposed ? in_channels : out_channels;
  const long taken = transposed ? out_channels : in_channels;
  ck_for(threads, (given + LANES - 1) / LANES * taken, grain_of(POINTS * LANES), pack, &job);
}

// MARK: Gradient

enum { FEW_TILES = 32, MANY_TILES = 128, WHOLE_TILES = 256 };

typedef struct {
  const ck_winograd *geometry;
  const float *x, *dy;
  float *dw, *scratch;
  /// Tiles that are transformed at a time.
  long tiles;
  /// Whether a worker takes some panels of output channels through all tiles, rather than some tiles
  /// through all panels: large sums then exist only once.
  int by_panels;
  /// Whether, by panels, all tiles are at hand at a time: the sums of a panel can then be transformed
  /// back before the next panel's begin, and never leave the cache.
  int is_whole;
  /// Output channels whose sums a worker keeps.
  long kept;
} gradient_job;

/// Input channels with room for whole rows of sums.
static long taken_channels(const ck_winograd *g) { return round_up(g->in_channels, ROWS); }

static gradient_job make_gradient_job(int threads, const ck_winograd *g) {
  const long tiles = tile_count(g), panels = (g->out_channels + PANEL - 1) / PANEL;
  const long share = (panels + threads - 1) / threads;
  gradient_job job = {.geometry = g, .tiles = FEW_TILES, .kept = round_up(g->out_channels, LANES)};
  // The more sums there are, the more products should be added to each while it is at hand.
  const int is_large = g->in_channels * g->out_channels > 128 * 128;
  if (is_large) job.tiles = MANY_TILES;
  // The inputs' tiles are transformed by each worker, so there should be enough to do with them, and
  // alike for all.
  job.by_panels = threads == 1 || (is_large && share * threads * 8 <= panels * 9);
  if (!job.by_panels) return job;
  job.kept = share * PANEL;
  job.is_whole = tiles <= (is_large ? WHOLE_TILES : FEW_TILES);
  if (job.is_whole) {
    job.tiles = tiles;
    job.kept = PANEL;
  }
  return job;
}

static long points_step(const gradient_job *p, long channels) {
  return p->tiles * row_length(channels) + LANES;
}

static long sums_step(const gradient_job *p) {
  return p->kept * taken_channels(p->geometry) + LANES;
}

static long zero_count(const ck_winograd *g) {
  return round_up(max_long(g->in_channels, g->out_channels), LANES);
}

/// A worker's floats: its sums, pixels outside the image, and transformed tiles.
static long worker_length(const gradient_job *p) {
  const ck_winograd *g = p->geometry;
  return POINTS * (sums_step(p) + points_step(p, taken_channels(g)) + points_step(p, g->out_channels))
      + zero_count(g);
}

long ck_winograd_weights_scratch(int threads, const ck_winograd *g) {
  gradient_job job = make_gradient_job(threads, g);
  return threads * worker_length(&job);
}

/// y -> A y, six points from four outputs.
INLINE void spread_line(const lanes *y, const long step, lanes *w, const long w_step) {
  lanes near_even = y[0] + NEAR2 * y[2 * step];
  lanes near_odd = NEAR * y[step] + NEAR * NEAR2 * y[3 * step];
  lanes far_even = y[0] + FAR2 * y[2 * step];
  lanes far_odd = FAR * y[step] + FAR * FAR2 * y[3 * step];
  w[0] = y[0];
  w[w_step] = near_even + near_odd;
  w[2 * w_step] = near_even - near_odd;
  w[3 * w_step] = far_even + far_odd;
  w[4 * w_step] = far_even - far_odd;
  w[5 * w_step] = y[3 * step];
}

/// Transforms channels `begin` ..< `end` of a tile of the output's gradient.
INLINE void spread_outputs(const float *const *pixels, long begin, long end, float *to,
                           long point_step) {
  for (long c = 0; c < end - begin; c += LANES) {
    lanes y[OUTPUTS * OUTPUTS], half[INPUTS * OUTPUTS], w[INPUTS];
    for (int i = 0; i < OUTPUTS * OUTPUTS; i++) {
      y[i] = read_channels(pixels[i] + begin, c, end - begin - c);
    }
    for (int j = 0; j < OUTPUTS; j++) spread_line(y + j, OUTPUTS, half + j, OUTPUTS);
    for (int i = 0; i < INPUTS; i++) {
      spread_line(half + i * OUTPUTS, 1, w, 1);
      for (int j = 0; j < INPUTS; j++) {
        write_lanes(to + (i * INPUTS + j) * point_step + c, w[j]);
      }
    }
  }
}

/// u -> G' u, three taps from six points.
INLINE void collect_line(const lanes *u, const long step, lanes *g, const long g_step) {
  lanes near_sum = NEAR_SHARE * (u[step] + u[2 * step]);
  lanes near_difference = NEAR_SHARE * NEAR * (u[step] - u[2 * step]);
  lanes far_sum = FAR_SHARE * (u[3 * step] + u[4 * step]);
  lanes far_difference = FAR_SHARE * FAR * (u[3 * step] - u[4 * step]);
  g[0] = u[0] + near_sum + far_sum;
  g[g_step] = near_difference + far_difference;
  g[2 * g_step] = NEAR2 * near_sum + FAR2 * far_sum + u[5 * step];
}

/// Transforms the sums of all workers for LANES output channels from `o` and as many input channels
/// from `i` back.
INLINE void collect_taps(const ck_winograd *g, const float *sums, long step, int workers,
                         long worker_step, long o, long i, float *dw) {
  const long rows = min_long(g->in_channels - i, LANES), count = min_long(g->out_channels - o, LANES);
  float taps[LANES * TAPS * LANES];
  for (long r = 0; r < rows; r++) {
    lanes u[POINTS], half[3 * INPUTS], line[3];
    for (int point = 0; point < POINTS; point++) {
      u[point] = read_lanes(sums + r * LANES + point * step);
      for (int worker = 1; worker < workers; worker++) {
        u[point] += read_lanes(sums + r * LANES + worker * worker_step + point * step);
      }
    }
    for (int j = 0; j < INPUTS; j++) collect_line(u + j, INPUTS, half + j, INPUTS);
    for (int t = 0; t < 3; t++) {
      collect_line(half + t * INPUTS, 1, line, 1);
      for (int j = 0; j < 3; j++) write_lanes(taps + (r * TAPS + 3 * t + j) * LANES, line[j]);
    }
  }
  for (long l = 0; l < count; l++) {
    float *to = dw + ((o + l) * g->in_channels + i) * TAPS;
    for (long t = 0; t < rows * TAPS; t++) to[t] = taps[t * LANES + l];
  }
}

/// Transforms the sums of output channels `begin` ..< `end`, which begin at `sums`, back.
INLINE void collect_channels(const gradient_job *p, const float *sums, int workers, long begin,
                             long end) {
  const ck_winograd *g = p->geometry;
  for (long o = begin; o < end; o += LANES) {
    for (long i = 0; i < g->in_channels; i += LANES) {
      const float *from = sums + (o - begin) * taken_channels(g) + i * LANES;
      collect_taps(g, from, sums_step(p), workers, worker_length(p), o, i, p->dw);
    }
  }
}

/// What a worker computes: the sums of some output channels over some tiles.
typedef struct {
  long tile, tile_end, channel, channel_end;
} gradient_share;

static gradient_share share_of(const gradient_job *p, long begin, long end) {
  const long channels = p->geometry->out_channels;
  gradient_share share = {begin, end, 0, channels};
  if (p->by_panels) {
    share = (gradient_share){0, tile_count(p->geometry), begin * PANEL,
                             min_long(end * PANEL, channels)};
  }
  return share;
}

/// Adds the products of a worker's tiles to its sums; by panels, these are then transformed back.
INLINE void gradient_lines(const void *context, long begin, long end, int worker, const int rows,
                           const int vectors) {
  const gradient_job *p = context;
  const ck_winograd *g = p->geometry;
  const tile_grid grid = grid_of(g);
  const gradient_share share = share_of(p, begin, end);
  const long taken = taken_channels(g), vector_step = taken * LANES, step = sums_step(p);
  const long in_length = row_length(taken);
  const long out_length = row_length(share.channel_end - share.channel);
  const long in_step = points_step(p, taken), out_step = points_step(p, g->out_channels);
  float *sums = p->scratch + worker * worker_length(p);
  float *zeros = sums + POINTS * step;
  float *inputs = zeros + zero_count(g), *outputs = inputs + POINTS * in_step;
  memset(zeros, 0, (unsigned long)zero_count(g) * sizeof(float));
  for (long first = share.tile; first < share.tile_end; first += p->tiles) {
    const long count = min_long(share.tile_end - first, p->tiles);
    for (long t = 0; t < count; t++) {
      const tile_place place = place_of(grid, first + t);
      read_tile(g, p->x, place, zeros, inputs + t * in_length, in_step);
      const float *pixels[OUTPUTS * OUTPUTS];
      find_pixels(p->dy + place.image * g->out_height * g->out_width * g->out_channels,
                  g->out_height, g->out_width, g->out_channels, place.y, place.x, OUTPUTS, zeros,
                  pixels);
      spread_outputs(pixels, share.channel, share.channel_end, outputs + t * out_length, out_step);
    }
    for (long o = share.channel; o < share.channel_end; o += PANEL) {
      const long columns = share.channel_end - o;
      float *panel = p->is_whole ? sums : sums + (o - share.channel) * taken;
      for (int point = 0; point < POINTS; point++) {
        const float *with = outputs + point * out_step + o - share.channel;
        for (long i = 0; i < taken; i += ROWS) {
          const float *from = inputs + point * in_step + i;
          float *to = panel + point * step + i * LANES;
          if (first == share.tile) {
            multiply_columns(from, 1, in_length, with, LANES, out_length, to, LANES, vector_step,
                             count, 0, nothing_ahead(from), NULL, rows, vectors, columns);
          } else {
            multiply_columns(from, 1, in_length, with, LANES, out_length, to, LANES, vector_step,
                             count, 1, nothing_ahead(from), NULL, rows, vectors, columns);
          }
        }
      }
      if (p->is_whole) collect_channels(p, sums, 1, o, o + min_long(columns, PANEL));
    }
  }
  if (p->by_panels && !p->is_whole) {
    collect_channels(p, sums, 1, share.channel, share.channel_end);
  }
}

SHAPED_LOOP(gradient)

typedef struct {
  const gradient_job *gradient;
  int workers;
} collect_job;

/// Adds up the sums of all workers, for some vectors of output channels.
LOOP(collect) {
  const collect_job *p = context;
  const gradient_job *job = p->gradient;
  const long channels = job->geometry->out_channels, first = begin * LANES;
  collect_channels(job, job->scratch + first * taken_channels(job->geometry), p->workers, first,
                   min_long(end * LANES, channels));
}

void ck_winograd_weights(int threads, const ck_winograd *g, const float *x, const float *dy,
                         float *dw, float *scratch) {
  gradient_job job = make_gradient_job(threads, g);
  job.x = x;
  job.dy = dy;
  job.dw = dw;
  job.scratch = scratch;
  if (job.by_panels) {
    ck_for(threads, (g->out_channels + PANEL - 1) / PANEL, 1, gradient, &job);
    return;
  }
  collect_job rest = {&job, ck_for(threads, tile_count(g), job.tiles, gradient, &job)};
  const long item = POINTS * LANES * g->in_channels;
  ck_for(threads, (g->out_channels + LANES - 1) / LANES, grain_of(item), collect, &rest);
}
