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

/// Puts a vector of channels of some pixels, from number `pixel` of the block on.
INLINE void put_vectors(const pixel_room *room, long pixel, long channel,
                               const lanes *values) {
#pragma clang loop unroll(full)
  for (int p = 0; p < PIXELS_AT_ONCE; p++) {
    if (room->bits) write_bits(room->bits + (pixel + p) * room->row + channel, values[p]);
  }
  if (!room->pairs.at || channel >= room->pairs.row) return;
#pragma clang loop unroll(full)
  for (int p = 0; p < PIXELS_AT_ONCE; p += 2) {
    write_pairs(room->pairs.at + (pixel + p) / 2 * room->pairs.row + channel, values[p],
                values[p + 1]);
  }
}

/// Channels that are to be put, zeros included.
INLINE long room_channels(const pixel_room *room) {
  return room->bits ? room->row : room->pairs.row;
}

/// Some pixels of an activation, of which `there` exist; zeros for the others.
INLINE void put_activation_pixels(const int kind, const int is_plain,
                                         const ck_activation *x, long first, long pixel,
                                         long there, long channels, const pixel_room *room) {
  const ck_function f = x->function;
  for (long c = 0; c < room_channels(room); c += LANES) {
    const long count = channels - c;
    const lanes scale = is_plain ? (lanes){0} : read_some(0, x->scale, c, count);
    const lanes shift = is_plain ? (lanes){0} : read_some(0, x->shift, c, count);
    lanes values[PIXELS_AT_ONCE];
#pragma clang loop unroll(full)
    for (int p = 0; p < PIXELS_AT_ONCE; p++) {
      values[p] = (lanes){0};
      if (p >= there || count <= 0) continue;
      const lanes value = read_some(x->bfloat, x->x, (first + pixel + p) * channels + c, count);
      values[p] = is_plain ? value : evaluate_lanes(kind, f, value * scale + shift);
    }
    put_vectors(room, pixel, c, values);
  }
}

INLINE void put_activation_of(const int kind, const int is_plain, const ck_activation *x,
                                     pixel_span at, long channels, const pixel_room *room) {
  long pixel = 0;
  for (; pixel + PIXELS_AT_ONCE <= at.count; pixel += PIXELS_AT_ONCE) {
    put_activation_pixels(kind, is_plain, x, at.first, pixel, PIXELS_AT_ONCE, channels, room);
  }
  for (; pixel < BFLOAT_BLOCK; pixel += PIXELS_AT_ONCE) {
    put_activation_pixels(kind, is_plain, x, at.first, pixel, at.count - pixel, channels, room);
  }
}

/// A whole block, with zeros for pixels and channels that are not there.
INLINE void put_activation(const ck_activation *x, pixel_span at, long channels,
                                  const pixel_room *room) {
  if (!x->scale) {
    put_activation_of(CK_IDENTITY, 1, x, at, channels, room);
    return;
  }
  switch (x->function.kind) {
#define CASE(kind) \
  case kind: put_activation_of(kind, 0, x, at, channels, room); break;
    ACTIVATION_CASES(CASE)
#undef CASE
  }
}

// MARK: Products

/// Sums that make up `rows` pixels from number `pixel` on, one vector of their channels.
typedef struct {
  /// [rows][PANEL], of which the first LANES belong here.
  const float *sums;
  long rows, pixel, channel;
} sums_part;

INLINE long bfloat_steps(long channels) { return (channels + STEP - 1) / STEP; }
INLINE long bfloat_vectors(long channels) { return (channels + LANES - 1) / LANES; }

/// Numbers of one vector of columns.
INLINE long bfloat_vector_length(long taken) { return bfloat_steps(taken) * STEP * LANES; }
