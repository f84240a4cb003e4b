#include "bfloat_rows.h"

#include "depthwise_rows.h"

// A pointwise, a depthwise and a pointwise convolution at inference, as `separable.c` has them, with
// products of bfloat16. In between, the depthwise one is float32. Some rows are computed at a time,
// so that products have many pixels, and of these two vectors of channels: what is widened is still
// in a near cache when the windows move over it.

/// Pixels of the input that are widened together, about; vectors that are at a time.
enum { PASS_PIXELS = 448, PAIR = 2 };

typedef struct {
  const ck_depthwise *geometry;
  long in_channels, out_channels;
  kept_elements x, residual, y;
  ck_bfloat_folded widen, narrow;
  ck_folded filter;
  char *scratch;
  /// Parts of an image, or images that are computed together; one of them is 1.
  long bands, images;
} separable_job;

/// Rows of outputs, of one image or of some whole ones.
typedef struct {
  long image, images, first, end;
  /// The rows of the input that they need and no earlier ones did.
  long packed, needed;
} pass;

/// Rows of outputs that are computed together.
static long rows_together(const ck_depthwise *g) {
  const long rows = PASS_PIXELS / (g->width * g->stride_height);
  return max_long(1, min_long(rows, g->out_height));
}

static int is_whole(const ck_depthwise *g) { return rows_together(g) == g->out_height; }

/// Of as many images as give each thread the same number of passes.
static long images_together(int threads, const ck_depthwise *g) {
  if (!is_whole(g)) return 1;
  long images = max_long(1, PASS_PIXELS / (g->height * g->width));
  while (images > 1 && g->images % (images * threads) != 0) images--;
  return images;
}

// MARK: Memory of a worker

/// Widened rows: row r lies in slot r % slots, as [blocks][slots][width].
static ring hidden_ring(const ck_depthwise *g, long images) {
  ring r = input_ring(g);
  if (is_whole(g)) {
    // None is needed again.
    r.blocks = PAIR;
    r.slots = images * g->height;
  } else {
    r.slots = (rows_together(g) - 1) * g->stride_height + g->kernel_height;
  }
  return r;
}

static long padded_pixels(long pixels) { return round_up(pixels, SOME_ROWS); }

/// Numbers of the pixels that are widened, and of those that are narrowed.
static long input_length(const ck_depthwise *g, long images, long in_channels) {
  const long pixels = hidden_ring(g, images).slots * g->width;
  return padded_pixels(pixels) * bfloat_steps(in_channels) * STEP;
}

static long filtered_length(const ck_depthwise *g, long images) {
  const long pixels = images * rows_together(g) * g->out_width;
  return padded_pixels(pixels) * bfloat_steps(g->channels) * STEP;
}

static long worker_bytes(const ck_depthwise *g, long images, long in_channels) {
  const ring r = hidden_ring(g, images);
  const long bits = input_length(g, images, in_channels) + filtered_length(g, images);
  return ring_length(&r) * (long)sizeof(float) + bits * (long)sizeof(bfloat_bits);
}

long ck_bfloat_separable_scratch_bytes(int threads, const ck_depthwise *g, long in_channels) {
  return threads * worker_bytes(g, images_together(threads, g), in_channels);
}

typedef struct {
  ring hidden;
  bfloat_bits *inputs, *filtered;
} worker_memory;

INLINE lanes *hidden_rows(const ring *r, long block) {
  return r->rows + block % r->blocks * r->slots * r->width;
}

// MARK: Widening

INLINE pixel_span input_pixels(const separable_job *p, const pass *at) {
  const ck_depthwise *g = p->geometry;
  const long count = at->images * (at->needed - at->packed) * g->width;
  return (pixel_span){(at->image * g->height + at->packed) * g->width, count, count};
}

/// Puts pixels one behind the other, with zeros behind their channels.
INLINE void put_pixels(kept_elements x, long pixels, long channels, bfloat_bits *to, long row) {
  for (long p = 0; p < pixels; p++, to += row) {
    for (long c = 0; c < row; c += LANES) {
      write_bits(to + c, read_some(x.bfloat, x.at, p * channels + c, channels - c));
    }
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
      rows[v][to + c] = limited(from[v] + bias[v], low, high);                    \
    }                                                                                     \
  }
    FOR_RUNS(r->slots, r->width, g->width, &place, min_long(pixels - first, SOME_ROWS), RUN)
#undef RUN
  }
}

/// The same where nothing is widened.
INLINE void pack_pair(const separable_job *p, const worker_memory *memory, const pass *at,
                      long block, const int vectors) {
  const ck_depthwise *g = p->geometry;
  const ring *r = &memory->hidden;
  const pixel_span pixels = input_pixels(p, at);
  for (int v = 0; v < vectors; v++) {
    lanes *row = hidden_rows(r, block + v) + r->left;
    const long start = pixels.first * g->channels + block_start(block + v, g->channels);
    ring_place place = first_place(r, at);
#define RUN(to, pixel, run)                                                 \
  for (long c = 0; c < run; c++) {                                          \
    row[to + c] = read_kept(p->x, start + (pixel + c) * g->channels);       \
  }
    FOR_RUNS(r->slots, r->width, g->width, &place, pixels.count, RUN)
#undef RUN
  }
}

// MARK: Filtering

/// Windows along a row of outputs, of one or two vectors of channels.
typedef struct {
  const lanes *from[MOST_TAPS][PAIR], *weights[MOST_TAPS][PAIR];
  long rows;
  lanes bias[PAIR];
  float low, high;
  /// Where the vectors of the first output go, and how far apart outputs are.
  bfloat_bits *to[PAIR];
  long to_step;
} pair_windows;

INLINE void filter_windows(const pair_windows *w, long first, const int vectors, const int taps,
                           const int stride, const int count) {
  lanes sums[TOGETHER][PAIR];
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) {
#pragma clang loop unroll(full)
    for (int o = 0; o < count; o++) sums[o][v] = w->bias[v];
  }
  for (long i = 0; i < w->rows; i++) {
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
      const lanes *from = w->from[i][v] + first * stride, *weights = w->weights[i][v];
#pragma clang loop unroll(full)
      for (int t = 0; t < taps; t++) {
        const lanes weight = weights[t];
#pragma clang loop unroll(full)
        for (int o = 0; o < count; o++) sums[o][v] += from[o * stride + t] * weight;
      }
    }
  }
#pragma clang loop unroll(full)
  for (int o = 0; o < count; o++) {
    const long at = (first + o) * w->to_step;
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) sums[o][v] = limited(sums[o][v], w->low, w->high);
    if (vectors == 1) {
      write_bits(w->to[0] + at, sums[o][0]);
    } else {
      write_two_bits(w->to[0] + at, w->to[1] + at, sums[o][0], sums[o][1]);
    }
  }
}

INLINE void filter_outputs(const pair_windows *w, long outputs, const int vectors, const int taps,
                           const int stride) {
  long o = 0;
#define SOME(count) \
  for (; o + count <= outputs; o += count) filter_windows(w, o, vectors, taps, stride, count)
  SOME(TOGETHER);
  SOME(4);
  SOME(1);
#undef SOME
}

/// A row of outputs.
INLINE void filter_row(const separable_job *p, const ring *r, long image, long row, long block,
                       const int vectors, bfloat_bits *to) {
  const ck_depthwise *g = p->geometry;
  const long top = row * g->stride_height - g->pad_top;
  const long begin = max_long(0, -top), end = min_long(g->kernel_height, g->height - top);
  const long first = (image * g->height + top + begin) % r->slots;
  pair_windows w = {.rows = end - begin, 
                    .low = p->filter.low, .high = p->filter.high,
                    .to_step = bfloat_steps(g->channels) * STEP};
  for (int v = 0; v < vectors; v++) {
    const lanes *rows = hidden_rows(r, block + v);
    const lanes *weights = (const lanes *)p->filter.weights
        + ((block + v) * g->kernel_height + begin) * g->kernel_width;
    for (long i = 0, slot = first; i < w.rows; i++) {
      w.from[i][v] = rows + slot * r->width;
      w.weights[i][v] = weights + i * g->kernel_width;
      if (++slot == r->slots) slot = 0;
    }
    w.bias[v] = ((const lanes *)p->filter.bias)[block + v];
    w.to[v] = to + block_start(block + v, g->channels);
  }
#define SUM(taps, stride) filter_outputs(&w, g->out_width, vectors, taps, stride)
  FOR_WINDOWS(g, SUM)
#undef SUM
}

INLINE void filter_pair(const separable_job *p, const worker_memory *memory, const pass *at,
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
  worker_memory memory = {.hidden = hidden_ring(g, p->images)};
  char *scratch = p->scratch + worker * worker_bytes(g, p->images, p->in_channels);
  memory.inputs = (bfloat_bits *)place_ring(&memory.hidden, (float *)scratch);
  memory.filtered = memory.inputs + input_length(g, p->images, p->in_channels);
  // Channels that are not there are zeros, and stay so.
  memset(memory.filtered, 0,
         (unsigned long)filtered_length(g, p->images) * sizeof(bfloat_bits));
  ck_begin_bfloat_products();
  for (long item = begin; item < end; item++) {
    const long band = item % p->bands, last = g->out_height * (band + 1) / p->bands;
    pass at = {.image = item / p->bands * p->images, .images = p->images};
    at.first = g->out_height * band / p->bands;
    at.packed = max_long(0, at.first * g->stride_height - g->pad_top);
    for (; at.first < last; at.first = at.end) {
      at.end = min_long(last, at.first + rows_together(g));
      at.needed = max_long(at.packed, min_long(g->height, (at.end - 1) * g->stride_height
                                                              - g->pad_top + g->kernel_height));
      compute_pass(p, &memory, &at);
      at.packed = at.needed;
    }
  }
  ck_end_bfloat_products();
}

void ck_bfloat_separable(int threads, const ck_depthwise *g, long in_channels, long out_channels,
                         const void *x, int x_bfloat, ck_bfloat_folded widen, ck_folded filter,
                         ck_bfloat_folded narrow, const void *residual, int residual_bfloat,
                         void *y, int y_bfloat, void *scratch) {
  const long images = images_together(threads, g);
  const separable_job job = {.geometry = g, .in_channels = in_channels,
                             .out_channels = out_channels, .x = kept(x, x_bfloat),
                             .residual = kept(residual, residual_bfloat), .y = kept(y, y_bfloat),
                             .widen = widen, .narrow = narrow, .filter = filter,
                             .scratch = scratch, .bands = images > 1 ? 1 : bands_for(threads, g),
                             .images = images};
  ck_for(threads, g->images / images * job.bands, 1, separable, &job);
}

END_BFLOAT_FUNCTIONS
