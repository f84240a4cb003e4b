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

/// Numbers of some pixels, in pairs of neighbouring ones: [pixels / 2][LANES] for each vector of
/// channels.
typedef struct {
  bfloat_pair *at;
  /// How many vectors there are, and how many pairs lead from one to the next.
  long vectors, step;
} pixel_pairs;

/// sums[vectors of a][vectors of b][LANES][LANES] (+)= a * b, summed over `steps` * STEP pixels. `room`
/// takes `a` once more.
void ck_bfloat_add_products(pixel_pairs a, pixel_pairs b, long steps, int adds, bfloat_pair *room,
                            float *sums);

/// Prepare the calling thread for products and clear up after them.
void ck_begin_bfloat_products(void);
void ck_end_bfloat_products(void);
