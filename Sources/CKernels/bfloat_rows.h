#pragma once

#include "bfloat_lanes.h"

// Pixels on their way to products of bfloat16, a vector of channels at a time. The last vector of a
// pixel may have fewer channels.

/// Where a block's pixels go before they are multiplied.
typedef struct {
  /// [pixels][row], zeros behind the channels; or null.
  bfloat_bits *bits;
  long row;
  /// Or null.
  pixel_pairs pairs;
} pixel_room;

/// Pixels whose constants of a channel are read once, a whole number of pairs.
enum { PIXELS_AT_ONCE = 4 };

/// Fetches the line of an element that comes so much later that it will be there in time, for those
/// that are read or written vector by vector. Done in bursts, that would leave the memory idle in
/// between, and tiles wait for lines that they need at once. No address behind the last one is wrong.
INLINE void fetch_later(const int bfloat, const void *elements, long i) {
  enum { BYTES = 16384 };
  __builtin_prefetch((const char *)element_at(bfloat, elements, i) + BYTES, 0, 2);
}

/// Two vectors of channels of some pixels of a block: `count` channels from number `channel` on, of
/// `there` pixels from number `pixel` on. Zeros stand for what is not there.
typedef struct {
  long pixel, there, channel, count;
} some_vectors;

// What is told of rooms and activations is handed on by value: in memory, it might have changed after
// each vector that is written.

/// Pairs of channels come in the order of `write_mixed_pairs`, but the last ones that are no more than
/// a vector.
INLINE void put_vectors(pixel_room room, some_vectors at, const lanes (*values)[2]) {
  bits_lanes narrow[PIXELS_AT_ONCE];
#pragma clang loop unroll(full)
  for (int p = 0; p < PIXELS_AT_ONCE; p++) narrow[p] = narrowed_two(values[p][0], values[p][1]);
  if (room.bits) {
    bfloat_bits *to = room.bits + at.pixel * room.row + at.channel;
#pragma clang loop unroll(full)
    for (int p = 0; p < PIXELS_AT_ONCE; p++) write_some_bits(to + p * room.row, PANEL, narrow[p]);
  }
  if (!room.pairs.at) return;
  bfloat_pair *to = room.pairs.at + at.channel / LANES * room.pairs.step + at.pixel / 2 * LANES;
#pragma clang loop unroll(full)
  for (int p = 0; p < PIXELS_AT_ONCE; p += 2, to += LANES) {
    if (at.count > LANES) {
      write_mixed_pairs(to, to + room.pairs.step, narrow[p], narrow[p + 1]);
    } else {
      write_pairs(to, narrow[p], narrow[p + 1]);
    }
  }
}

/// Calls PUT(some_vectors) for as many pixels as are multiplied at a time, mostly with constants for
/// what is there.
#define FOR_SOME_VECTORS(span, channels, PUT)                                                  \
  do {                                                                                         \
    const long whole = (channels) / PANEL * PANEL, rest = (channels) - whole;                  \
    long pixel = 0;                                                                            \
    for (; pixel + PIXELS_AT_ONCE <= (span).count; pixel += PIXELS_AT_ONCE) {                  \
      for (long c = 0; c < whole; c += PANEL) {                                                \
        PUT(((some_vectors){pixel, PIXELS_AT_ONCE, c, PANEL}));                                \
      }                                                                                        \
      if (rest) PUT(((some_vectors){pixel, PIXELS_AT_ONCE, whole, rest}));                     \
    }                                                                                          \
    for (; pixel < round_up((span).count, SOME_ROWS); pixel += PIXELS_AT_ONCE) {               \
      for (long c = 0; c < (channels); c += PANEL) {                                           \
        PUT(((some_vectors){pixel, (span).count - pixel, c, (channels) - c}));                 \
      }                                                                                        \
    }                                                                                          \
  } while (0)

INLINE void put_some_activation(const int kind, const int is_plain, const int bfloat,
                                ck_activation x, long first, some_vectors at, long channels,
                                pixel_room room) {
  lanes values[PIXELS_AT_ONCE][2];
#pragma clang loop unroll(full)
  for (int v = 0; v < 2; v++) {
    const long c = at.channel + v * LANES, count = at.count - v * LANES;
    const lanes scale = is_plain ? (lanes){0} : read_some(0, x.scale, c, count);
    const lanes shift = is_plain ? (lanes){0} : read_some(0, x.shift, c, count);
#pragma clang loop unroll(full)
    for (int p = 0; p < PIXELS_AT_ONCE; p++) {
      values[p][v] = (lanes){0};
      if (p >= at.there || count <= 0) continue;
      const long element = (first + at.pixel + p) * channels + c;
      if (v == 0 || !bfloat) fetch_later(bfloat, x.x, element);
      const lanes value = read_some(bfloat, x.x, element, count);
      values[p][v] = is_plain ? value : evaluate_lanes(kind, x.function, value * scale + shift);
    }
  }
  put_vectors(room, at, values);
}

INLINE void put_activation_of(const int kind, const int is_plain, ck_activation x, pixel_span at,
                              long channels, pixel_room room) {
#define PUT_BFLOAT(some) \
  put_some_activation(kind, is_plain, 1, x, at.first, some, channels, room)
#define PUT_FLOAT(some) \
  put_some_activation(kind, is_plain, 0, x, at.first, some, channels, room)
  if (x.bfloat) {
    FOR_SOME_VECTORS(at, channels, PUT_BFLOAT);
  } else {
    FOR_SOME_VECTORS(at, channels, PUT_FLOAT);
  }
#undef PUT_BFLOAT
#undef PUT_FLOAT
}

/// With zeros for channels that are not there, and for pixels up to a multiple of SOME_ROWS.
INLINE void put_activation(const ck_activation *x, pixel_span at, long channels,
                           const pixel_room *room) {
  if (!x->scale) {
    put_activation_of(CK_IDENTITY, 1, *x, at, channels, *room);
    return;
  }
  switch (x->function.kind) {
#define CASE(kind) \
  case kind: put_activation_of(kind, 0, *x, at, channels, *room); break;
    ACTIVATION_CASES(CASE)
#undef CASE
  }
}

// MARK: Products

/// Sums that make up `rows` pixels from number `pixel` on, one or two vectors of their channels.
typedef struct {
  /// [rows][PANEL].
  const float *sums;
  long rows, pixel, channel;
} sums_part;

INLINE lanes sums_of(sums_part part, long row, int vector) {
  return read_lanes(part.sums + row * PANEL + vector * LANES);
}

/// Writes two vectors of elements, of which `count` are there.
INLINE void write_two(const int bfloat, void *y, long i, long count, lanes first, lanes second) {
  if (bfloat) {
    write_some_bits(element_at(1, y, i), count, narrowed_two(first, second));
    return;
  }
  write_some(0, y, i, count, first);
  if (count > LANES) write_some(0, y, i + LANES, count - LANES, second);
}

/// A vector of a channel's sums each, of which the first `count` are there.
INLINE void add_lanes(double *to, long count, lanes sums) {
  typedef double wide __attribute__((ext_vector_type(LANES)));
  typedef double loose_wide __attribute__((ext_vector_type(LANES), aligned(8)));
  if (count >= LANES) {
    *(loose_wide *)to += __builtin_convertvector(sums, wide);
    return;
  }
  for (long l = 0; l < count; l++) to[l] += sums[l];
}

INLINE long bfloat_steps(long channels) { return (channels + STEP - 1) / STEP; }
INLINE long bfloat_vectors(long channels) { return (channels + LANES - 1) / LANES; }

/// Numbers of a block's pixels in rows, and room for what may be written behind the last one.
INLINE long bfloat_rows_length(long channels) {
  return BFLOAT_BLOCK * bfloat_steps(channels) * STEP + STEP;
}

/// Numbers of one vector of columns.
INLINE long bfloat_vector_length(long taken) { return bfloat_steps(taken) * STEP * LANES; }
