#pragma once

#include "pixel_blocks.h"

// Products of small matrices of bfloat16, with sums in float32: of vectors (AVX512_BF16), or of
// whole tiles where the processor has those (AMX). Numbers that are multiplied with each other lie
// in pairs.

/// Pixels of a block: more than in float32, since sums of weights' gradients are read and written
/// for each.
enum { BFLOAT_BLOCK = 128 };

/// Rows that are multiplied at a time, and how many terms their sums have at a step.
enum { SOME_ROWS = 32, STEP = 32, TILE = LANES * LANES };

typedef unsigned short bfloat_bits;
/// Two numbers, the first one in the lower half.
typedef unsigned bfloat_pair;

/// What `ck_bfloat_sums` multiplies.
typedef struct {
  /// [SOME_ROWS][>= steps * STEP], `row` apart.
  const bfloat_bits *rows;
  long row, steps;
  /// For each vector of columns [steps][STEP / 2] pairs of LANES; one or two of them.
  const bfloat_bits *columns;
  int vectors;
} bfloat_factors;

/// sums[SOME_ROWS][PANEL] = rows * columns. Fetches about `lines` lines of `ahead`.
void ck_bfloat_sums(const bfloat_factors *factors, float *sums, fetch_plan *ahead, long lines);

/// Numbers of a block's pixels, in pairs of neighbouring ones: [BFLOAT_BLOCK / 2][row], a whole number
/// of vectors.
typedef struct {
  bfloat_pair *at;
  long row;
} pixel_pairs;

/// sums[channels of a / LANES][channels of b / LANES][LANES][LANES] (+)= a * b, summed over the
/// pixels of a block. `room` takes `a` once more.
void ck_bfloat_add_products(pixel_pairs a, pixel_pairs b, int adds, bfloat_pair *room, float *sums,
                            fetch_plan *ahead, long lines);

/// Prepare the calling thread for products and clear up after them.
void ck_begin_bfloat_products(void);
void ck_end_bfloat_products(void);
