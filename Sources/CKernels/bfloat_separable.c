#include "bfloat_rows.h"

#include "separable_passes.h"

// Inverted residual blocks at inference with products of bfloat16. In between, the depthwise
// convolution is float32.

/// Vectors that are computed at a time.
enum { PAIR = 2 };

static const pass_size SIZE = {.pixels = 448, .vectors = PAIR};

typedef struct {
  const ck_depthwise *geometry;
  long in_channels, out_channels;
  kept_elements x, residual, y;
  ck_bfloat_folded widen, narrow;
  ck_folded filter;
  char *scratch;
  pass_parts parts;
} separable_job;

// MARK: Memory of a worker

static long padded_pixels(long pixels) { return round_up(pixels, SOME_ROWS); }

/// Numbers of the pixels that are widened, and of those that are narrowed.
static long input_length(const ck_depthwise *g, long images, long in_channels) {
  const long pixels = hidden_ring(g, SIZE, images).slots * g->width;
  return padded_pixels(pixels) * bfloat_steps(in_channels) * STEP;
}

static long filtered_length(const ck_depthwise *g, long images) {
  const long pixels = images * rows_together(g, SIZE) * g->out_width;
  return padded_pixels(pixels) * bfloat_steps(g->channels) * STEP;
}

static long worker_bytes(const ck_depthwise *g, long images, long in_channels) {
  const ring r = hidden_ring(g, SIZE, images);
  const long bits = input_length(g, images, in_channels) + filtered_length(g, images);
  return ring_length(&r) * (long)sizeof(float) + bits * (long)sizeof(bfloat_bits);
}

long ck_bfloat_separable_scratch_bytes(int threads, const ck_depthwise *g, long in_channels) {
  return threads * worker_bytes(g, images_together(threads, g, SIZE), in_channels);
}

typedef struct {
  ring hidden;
  bfloat_bits *inputs, *filtered;
} worker_memory;

// MARK: Widening

INLINE pixel_span input_pixels(const separable_job *p, const pass *at) {
  const ck_depthwise *g = p->geometry;
  const long count = at->images * (at->needed - at->packed) * g->width;
  return (pixel_span){(at->image * g->height + at->packed) * g->width, count, count};
}

/// Puts pixels one behind the other, with zeros behind their channels.
INLINE void put_some_pixels(const int bfloat, const void *x, long pixels, long channels,
                            bfloat_bits *to, long row) {
  for (long p = 0; p < pixels; p++, to += row) {
    for (long c = 0; c < row; c += PANEL) {
      const long at = p * channels + c, count = channels - c;
      if (bfloat) {
        write_some_bits(to + c, PANEL, read_some_bits(element_at(1, x, at), count));
      } else {
        const lanes first = read_some(0, x, at, count);
        const lanes second = read_some(0, x, at + LANES, count - LANES);
        write_some_bits(to + c, PANEL, narrowed_two(first, second));
      }
    }
  }
}

INLINE void put_pixels(kept_elements x, long pixels, long channels, bfloat_bits *to, long row) {
  if (x.bfloat) {
    put_some_pixels(1, x.at, pixels, channels, to, row);
  } else {
    put_some_pixels(0, x.at, pixels, channels, to, row);
  }
}

/// Where the next pixel goes: its slot, and the column of that.
typedef struct {
  long slot, column;
} ring_place;

INLINE ring_place first_place(const ring *r, const pass *at) {
  return (ring_place){at->packed % r->slots, 0};
}

/// Calls RUN(to, pixel, run) for pixels side by side in a row of `width`, of the next `pixels` ones.
/// `to` counts from the first slot on.
#define FOR_RUNS(slots, slot_width, width, place, pixels, RUN)              \
  for (long pixel = 0, run; pixel < (pixels); pixel += run) {               \
    run = min_long((pixels) - pixel, (width) - (place)->column);            \
    RUN((place)->slot * (slot_width) + (place)->column, pixel, run)         \
    (place)->column += run;                                                 \
    if ((place)->column < (width)) break;                                   \
    (place)->column = 0;                                                    \
    if (++(place)->slot == (slots)) (place)->slot = 0;                      \
  }

INLINE void widen_pair(const separable_job *p, const worker_memory *memory, const pass *at,
                       long block, const int vectors, fetch_plan *ahead, long lines) {
  const ck_depthwise *g = p->geometry;
  const ring *r = &memory->hidden;
  const long pixels = input_pixels(p, at).count, steps = bfloat_steps(p->in_channels);
  const float low = p->widen.low, high = p->widen.high;
  bfloat_factors factors = {.row = steps * STEP, .steps = steps, .vectors = vectors};
  factors.columns = (const bfloat_bits *)p->widen.weights
      + block * bfloat_vector_length(p->in_channels);
  lanes bias[PAIR], *rows[PAIR];
  for (int v = 0; v < vectors; v++) {
    bias[v] = read_lanes(p->widen.bias + block_start(block + v, g->channels));
    rows[v] = hidden_rows(r, block + v) + r->left;
  }
  ring_place place = first_place(r, at);
  for (long first = 0; first < pixels; first += SOME_ROWS) {
    _Alignas(64) float sums[SOME_ROWS * PANEL];
    factors.rows = memory->inputs + first * factors.row;
    ck_bfloat_sums(&factors, sums, ahead, lines);
#define RUN(to, pixel, run)                                                               \
  for (long c = 0; c < run; c++) {                                                        \
    const lanes *from = (const lanes *)(sums + (pixel + c) * PANEL);                      \
    for (int v = 0; v < vectors; v++) {                                                   \
      rows[v][to + c] = limited(from[v] + bias[v], low, high);                            \
    }                                                                                     \
  }
    FOR_RUNS(r->slots, r->width, g->width, &place, min_long(pixels - first, SOME_ROWS), RUN)
#undef RUN
  }
}

/// The same where nothing is widened; then there may be fewer channels than in a vector.
INLINE void pack_pair(const separable_job *p, const worker_memory *memory, const pass *at,
                      long block, const int vectors) {
  const ck_depthwise *g = p->geometry;
  const ring *r = &memory->hidden;
  const pixel_span pixels = input_pixels(p, at);
  for (int v = 0; v < vectors; v++) {
    lanes *row = hidden_rows(r, block + v) + r->left;
    const long channel = block_start(block + v, g->channels), count = g->channels - channel;
    const long start = pixels.first * g->channels + channel;
    ring_place place = first_place(r, at);
#define RUN(to, pixel, run)                                                 \
  for (long c = 0; c < run; c++) {                                          \
    const long at = start + (pixel + c) * g->channels;                      \
    row[to + c] = read_some(p->x.bfloat, p->x.at, at, count);               \
  }
    FOR_RUNS(r->slots, r->width, g->width, &place, pixels.count, RUN)
#undef RUN
  }
}

// MARK: Filtering

/// What becomes of sums. It is handed on by value: in memory, it might have changed after each vector
/// that is written.
typedef struct {
  lanes bias[PAIR];
  float low, high;
  /// Where the first output goes, and how far apart outputs are. Two vectors lie side by side.
  bfloat_bits *to;
  long to_step;
} filtered_end;

/// Of one or two vectors of channels.
INLINE void filter_windows(const covered_rows *w, const filtered_end end, long first,
                           const int vectors, const int taps, const int stride, const int count) {
  lanes sums[TOGETHER][PAIR];
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) {
#pragma clang loop unroll(full)
    for (int o = 0; o < count; o++) sums[o][v] = end.bias[v];
  }
  for (long i = 0; i < w->count; i++) {
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
      const lanes *from = w[v].from[i] + first * stride, *weights = w[v].weights[i];
#pragma clang loop unroll(full)
      for (int t = 0; t < taps; t++) {
        const lanes weight = weights[t];
#pragma clang loop unroll(full)
        for (int o = 0; o < count; o++) sums[o][v] += from[o * stride + t] * weight;
      }
    }
  }
  bfloat_bits *to = end.to + first * end.to_step;
#pragma clang loop unroll(full)
  for (int o = 0; o < count; o++, to += end.to_step) {
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) sums[o][v] = limited(sums[o][v], end.low, end.high);
    if (vectors == 1) {
      write_bits(to, sums[o][0]);
    } else {
      write_some_bits(to, PANEL, narrowed_two(sums[o][0], sums[o][1]));
    }
  }
}

INLINE void filter_outputs(const covered_rows *w, const filtered_end end, long outputs,
                           const int vectors, const int taps, const int stride) {
  long o = 0;
#define SOME(count) \
  for (; o + count <= outputs; o += count) filter_windows(w, end, o, vectors, taps, stride, count)
  SOME(TOGETHER);
  SOME(4);
  SOME(1);
#undef SOME
}

/// A row of outputs.
INLINE void filter_row(const separable_job *p, const ring *r, long image, long row, long block,
                       const int vectors, bfloat_bits *to) {
  const ck_depthwise *g = p->geometry;
  covered_rows w[PAIR];
  filtered_end done = {.low = p->filter.low, .high = p->filter.high,
                       .to = to + block_start(block, g->channels),
                       .to_step = bfloat_steps(g->channels) * STEP};
  for (int v = 0; v < vectors; v++) {
    w[v] = find_covered(g, r, p->filter.weights, image, row, block + v);
    done.bias[v] = ((const lanes *)p->filter.bias)[block + v];
  }
#define SUM(taps, stride) filter_outputs(w, done, g->out_width, vectors, taps, stride)
  FOR_WINDOWS(g, SUM)
#undef SUM
}

INLINE void filter_blocks(const separable_job *p, const worker_memory *memory, const pass *at,
                          long block, const int vectors) {
  const ck_depthwise *g = p->geometry;
  const long line = g->out_width * bfloat_steps(g->channels) * STEP;
  bfloat_bits *to = memory->filtered;
  for (long image = 0; image < at->images; image++) {
    for (long row = at->first; row < at->end; row++, to += line) {
      filter_row(p, &memory->hidden, image, row, block, vectors, to);
    }
  }
}

/// The last vector shares channels with the one before, where these are no whole number of vectors.
INLINE void filter_pair(const separable_job *p, const worker_memory *memory, const pass *at,
                        long block, const int vectors) {
  const int lie_apart = (block + vectors) * LANES > p->geometry->channels;
  if (vectors == PAIR && !lie_apart) {
    filter_blocks(p, memory, at, block, PAIR);
    return;
  }
  for (int v = 0; v < vectors; v++) filter_blocks(p, memory, at, block + v, 1);
}

// MARK: Narrowing

INLINE pixel_span output_pixels(const separable_job *p, const pass *at) {
  const ck_depthwise *g = p->geometry;
  const long count = at->images * (at->end - at->first) * g->out_width;
  return (pixel_span){(at->image * g->out_height + at->first) * g->out_width, count, count};
}

INLINE void end_narrowed(const separable_job *p, sums_part part) {
  const long channels = p->out_channels, count = channels - part.channel;
  const float low = p->narrow.low, high = p->narrow.high;
  const kept_elements y = p->y, residual = p->residual;
  const lanes bias = read_some(0, p->narrow.bias, part.channel, count);
  for (long r = 0; r < part.rows; r++) {
    const long to = (part.pixel + r) * channels + part.channel;
    lanes sum = limited(read_lanes(part.sums + r * PANEL) + bias, low, high);
    if (residual.at) sum += read_some(residual.bfloat, residual.at, to, count);
    write_some(y.bfloat, y.at, to, count, sum);
  }
}

INLINE void narrow_pixels(const separable_job *p, const bfloat_bits *filtered, pixel_span at,
                          fetch_plan *ahead, long lines) {
  const long vectors = bfloat_vectors(p->out_channels);
  const long steps = bfloat_steps(p->geometry->channels);
  const long length = bfloat_vector_length(p->geometry->channels);
  bfloat_factors factors = {.row = steps * STEP, .steps = steps};
  for (long v = 0; v < vectors; v += PAIR) {
    factors.columns = (const bfloat_bits *)p->narrow.weights + v * length;
    factors.vectors = (int)min_long(vectors - v, PAIR);
    for (long first = 0; first < at.count; first += SOME_ROWS) {
      _Alignas(64) float sums[SOME_ROWS * PANEL];
      factors.rows = filtered + first * factors.row;
      ck_bfloat_sums(&factors, sums, ahead, lines);
      for (int i = 0; i < factors.vectors; i++) {
        const sums_part part = {sums + i * LANES, min_long(at.count - first, SOME_ROWS),
                                at.first + first, (v + i) * LANES};
        end_narrowed(p, part);
      }
    }
  }
}

// MARK: All together

INLINE void filter_widened(const separable_job *p, const worker_memory *memory, const pass *at,
                           long block, const int vectors, fetch_plan *ahead, long lines) {
  if (p->widen.weights) {
    widen_pair(p, memory, at, block, vectors, ahead, lines);
  } else {
    pack_pair(p, memory, at, block, vectors);
  }
  filter_pair(p, memory, at, block, vectors);
}

INLINE void compute_pass(const separable_job *p, const worker_memory *memory, const pass *at) {
  const pixel_span inputs = input_pixels(p, at), outputs = output_pixels(p, at);
  const long pairs = (block_count(p->geometry->channels) + PAIR - 1) / PAIR;
  const long widened = p->widen.weights ? pairs * pixel_blocks(inputs.count, SOME_ROWS) : 0;
  const long narrowed = (bfloat_vectors(p->out_channels) + PAIR - 1) / PAIR
      * pixel_blocks(outputs.count, SOME_ROWS);
  fetch_plan ahead = {.regions = 0};
  const pixel_span written = {outputs.first, 0, outputs.count};
  add_region(&ahead, p->y.bfloat, p->y.at, written, p->out_channels);
  add_region(&ahead, p->x.bfloat, p->x.at, inputs, p->in_channels);
  const long lines = lines_left(&ahead) / (widened + narrowed) + 1;
  if (p->widen.weights) {
    put_pixels(kept_after(p->x, inputs.first * p->in_channels), inputs.count, p->in_channels,
               memory->inputs, bfloat_steps(p->in_channels) * STEP);
  }
  const long blocks = block_count(p->geometry->channels);
  long block = 0;
  for (; block + PAIR <= blocks; block += PAIR) {
    filter_widened(p, memory, at, block, PAIR, &ahead, lines);
  }
  if (block < blocks) filter_widened(p, memory, at, block, 1, &ahead, lines);
  narrow_pixels(p, memory->filtered, outputs, &ahead, lines);
}

BFLOAT_LOOP(separable) {
  const separable_job *p = context;
  const ck_depthwise *g = p->geometry;
  worker_memory memory = {.hidden = hidden_ring(g, SIZE, p->parts.images)};
  char *scratch = p->scratch + worker * worker_bytes(g, p->parts.images, p->in_channels);
  memory.inputs = (bfloat_bits *)place_ring(&memory.hidden, (float *)scratch);
  memory.filtered = memory.inputs + input_length(g, p->parts.images, p->in_channels);
  // Channels that are not there are zeros, and stay so.
  memset(memory.filtered, 0,
         (unsigned long)filtered_length(g, p->parts.images) * sizeof(bfloat_bits));
  ck_begin_bfloat_products();
  for (long item = begin; item < end; item++) {
    pass at = first_pass(g, SIZE, p->parts, item);
    for (; at.first < at.last; next_pass(&at, g, SIZE)) compute_pass(p, &memory, &at);
  }
  ck_end_bfloat_products();
}

void ck_bfloat_separable(int threads, const ck_depthwise *g, long in_channels, long out_channels,
                         const void *x, int x_bfloat, ck_bfloat_folded widen, ck_folded filter,
                         ck_bfloat_folded narrow, const void *residual, int residual_bfloat,
                         void *y, int y_bfloat, void *scratch) {
  const separable_job job = {.geometry = g, .in_channels = in_channels,
                             .out_channels = out_channels, .x = kept(x, x_bfloat),
                             .residual = kept(residual, residual_bfloat), .y = kept(y, y_bfloat),
                             .widen = widen, .narrow = narrow, .filter = filter,
                             .scratch = scratch, .parts = find_parts(threads, g, SIZE)};
  ck_for(threads, part_count(g, job.parts), 1, separable, &job);
}

END_BFLOAT_FUNCTIONS
