#include "bfloat_products.h"

#include "transpose.h"

// Each product is written twice, for vectors and for tiles. On other processors than x86-64 nobody
// asks for them.

#ifdef __x86_64__
#include <immintrin.h>

#define TILE_TARGET                                                                              \
  __attribute__((target("amx-bf16,amx-tile,avx2,avx512bf16,avx512bw,avx512cd,avx512dq,avx512f," \
                        "avx512vl,bmi,bmi2,f16c,fma,lzcnt,movbe,popcnt")))

// MARK: Vectors

/// left[0] * right[0] + left[1] * right[1] + sums for each lane; `left` is the same pair for all.
BFLOAT_TARGET INLINE __m512 add_pair(__m512 sums, const bfloat_pair *left, __m512bh right) {
  return _mm512_dpbf16_ps(sums, right, (__m512bh)_mm512_set1_epi32((int)*left));
}

BFLOAT_TARGET INLINE void sum_rows_by_vectors(const bfloat_factors *f, const bfloat_bits *from,
                                              float *to, fetch_plan *ahead, long lines,
                                              const int vectors) {
  __m512 sums[ROWS][2];
#pragma clang loop unroll(full)
  for (int r = 0; r < ROWS; r++) {
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) sums[r][v] = _mm512_setzero_ps();
  }
  const bfloat_bits *with = f->columns;
  const long vector = f->steps * STEP * LANES;
  for (long step = 0; step < f->steps; step++) {
    fetch_lines(ahead, lines);
    for (long k = 0; k < STEP; k += 2, with += 2 * LANES) {
      __m512bh right[2];
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) {
        right[v] = (__m512bh)_mm512_loadu_si512(with + v * vector);
      }
#pragma clang loop unroll(full)
      for (int r = 0; r < ROWS; r++) {
        const bfloat_pair *left = (const void *)(from + r * f->row + step * STEP + k);
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) sums[r][v] = add_pair(sums[r][v], left, right[v]);
      }
    }
  }
#pragma clang loop unroll(full)
  for (int r = 0; r < ROWS; r++) {
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) _mm512_storeu_ps(to + r * PANEL + v * LANES, sums[r][v]);
  }
}

BFLOAT_TARGET static void sums_by_vectors(const bfloat_factors *f, float *sums,
                                          fetch_plan *ahead, long lines) {
  const long groups = SOME_ROWS / ROWS;
  const long each = (lines + groups * f->steps - 1) / (groups * f->steps);
  for (long r = 0; r < SOME_ROWS; r += ROWS) {
    const bfloat_bits *from = f->rows + r * f->row;
    if (f->vectors == 2) {
      sum_rows_by_vectors(f, from, sums + r * PANEL, ahead, each, 2);
    } else {
      sum_rows_by_vectors(f, from, sums + r * PANEL, ahead, each, 1);
    }
  }
}

/// ROWS rows of one or two neighbouring tiles of sums.
BFLOAT_TARGET INLINE void add_rows_by_vectors(const bfloat_pair *a, const bfloat_pair *b,
                                              long b_step, long pairs, int adds, float *to,
                                              const int vectors) {
  __m512 sums[ROWS][2];
#pragma clang loop unroll(full)
  for (int r = 0; r < ROWS; r++) {
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
      sums[r][v] = adds ? _mm512_loadu_ps(to + v * TILE + r * LANES) : _mm512_setzero_ps();
    }
  }
  for (long pair = 0; pair < pairs; pair++) {
    __m512bh right[2];
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
      right[v] = (__m512bh)_mm512_loadu_si512(b + v * b_step + pair * LANES);
    }
#pragma clang loop unroll(full)
    for (int r = 0; r < ROWS; r++) {
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) {
        sums[r][v] = add_pair(sums[r][v], a + pair * LANES + r, right[v]);
      }
    }
  }
#pragma clang loop unroll(full)
  for (int r = 0; r < ROWS; r++) {
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) _mm512_storeu_ps(to + v * TILE + r * LANES, sums[r][v]);
  }
}

BFLOAT_TARGET static void add_products_by_vectors(pixel_pairs a, pixel_pairs b, long steps,
                                                  int adds, float *sums) {
  const long pairs = steps * STEP / 2;
  for (long i = 0; i < a.vectors * LANES; i += ROWS) {
    const bfloat_pair *from = a.at + i / LANES * a.step + i % LANES;
    for (long j = 0; j < b.vectors; j += 2) {
      const bfloat_pair *with = b.at + j * b.step;
      float *to = sums + (i / LANES * b.vectors + j) * TILE + i % LANES * LANES;
      if (j + 1 < b.vectors) {
        add_rows_by_vectors(from, with, b.step, pairs, adds, to, 2);
      } else {
        add_rows_by_vectors(from, with, b.step, pairs, adds, to, 1);
      }
    }
  }
}

// MARK: Tiles

/// Tiles 0 to 3 are sums, 2 rows x 2 columns of them; 4 and 5 rows, 6 and 7 columns.
TILE_TARGET static void begin_tiles(void) {
  enum { TILES = 8, LINE_OF_TILE = 64 };
  struct __attribute__((aligned(64))) {
    unsigned char palette, start, reserved[14];
    unsigned short line_bytes[16];
    unsigned char rows[16];
  } shape = {.palette = 1};
  for (int i = 0; i < TILES; i++) {
    shape.line_bytes[i] = LINE_OF_TILE;
    shape.rows[i] = LANES;
  }
  _tile_loadconfig(&shape);
}

TILE_TARGET static void end_tiles(void) { _tile_release(); }

TILE_TARGET static void sums_by_tiles(const bfloat_factors *f, float *sums, fetch_plan *ahead,
                                      long lines) {
  const bfloat_bits *upper = f->rows, *lower = f->rows + LANES * f->row;
  const bfloat_bits *left = f->columns, *right = left + f->steps * STEP * LANES;
  const long row_bytes = f->row * 2, each = (lines + f->steps - 1) / f->steps;
  _tile_zero(0);
  _tile_zero(2);
  if (f->vectors == 2) {
    _tile_zero(1);
    _tile_zero(3);
    for (long step = 0; step < f->steps; step++) {
      fetch_lines(ahead, each);
      _tile_loadd(4, upper + step * STEP, row_bytes);
      _tile_loadd(6, left + step * STEP * LANES, LINE);
      _tile_loadd(7, right + step * STEP * LANES, LINE);
      _tile_loadd(5, lower + step * STEP, row_bytes);
      _tile_dpbf16ps(0, 4, 6);
      _tile_dpbf16ps(1, 4, 7);
      _tile_dpbf16ps(2, 5, 6);
      _tile_dpbf16ps(3, 5, 7);
    }
    _tile_stored(1, sums + LANES, PANEL * sizeof(float));
    _tile_stored(3, sums + LANES * PANEL + LANES, PANEL * sizeof(float));
  } else {
    for (long step = 0; step < f->steps; step++) {
      fetch_lines(ahead, each);
      _tile_loadd(4, upper + step * STEP, row_bytes);
      _tile_loadd(6, left + step * STEP * LANES, LINE);
      _tile_loadd(5, lower + step * STEP, row_bytes);
      _tile_dpbf16ps(0, 4, 6);
      _tile_dpbf16ps(2, 5, 6);
    }
  }
  _tile_stored(0, sums, PANEL * sizeof(float));
  _tile_stored(2, sums + LANES * PANEL, PANEL * sizeof(float));
}

/// Sums of two rows of tiles, or one, x two columns, or one; of each, tiles lie one behind the other.
TILE_TARGET INLINE void add_some_tiles(const bfloat_pair *a, const bfloat_pair *b, long b_step,
                                       long steps, float *to, long to_row, int adds,
                                       const int rows, const int columns) {
  const bfloat_pair *lower = a + steps * TILE, *right = b + b_step;
  const long line = LANES * sizeof(float);
  if (adds) {
    _tile_loadd(0, to, line);
    if (columns == 2) _tile_loadd(1, to + TILE, line);
    if (rows == 2) _tile_loadd(2, to + to_row, line);
    if (rows == 2 && columns == 2) _tile_loadd(3, to + to_row + TILE, line);
  } else {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
  }
  for (long step = 0; step < steps; step++) {
    _tile_loadd(4, a + step * TILE, LINE);
    _tile_loadd(6, b + step * TILE, LINE);
    if (columns == 2) _tile_loadd(7, right + step * TILE, LINE);
    if (rows == 2) _tile_loadd(5, lower + step * TILE, LINE);
    _tile_dpbf16ps(0, 4, 6);
    if (columns == 2) _tile_dpbf16ps(1, 4, 7);
    if (rows == 2) _tile_dpbf16ps(2, 5, 6);
    if (rows == 2 && columns == 2) _tile_dpbf16ps(3, 5, 7);
  }
  _tile_stored(0, to, line);
  if (columns == 2) _tile_stored(1, to + TILE, line);
  if (rows == 2) _tile_stored(2, to + to_row, line);
  if (rows == 2 && columns == 2) _tile_stored(3, to + to_row + TILE, line);
}

/// Rows of tiles that stay in the first cache, while all columns pass: some 24 KB.
INLINE long tiles_together(long steps) { return max_long(24 / steps / 2 * 2, 2); }

TILE_TARGET static void add_products_by_tiles(pixel_pairs a, pixel_pairs b, long steps, int adds,
                                              bfloat_pair *room, float *sums) {
  for (long i = 0; i < a.vectors; i++) {
    for (long step = 0; step < steps; step++) {
      transpose(a.at + i * a.step + step * TILE, LANES, room + (i * steps + step) * TILE, LANES);
    }
  }
  const long together = tiles_together(steps), to_row = b.vectors * TILE;
  for (long first = 0; first < a.vectors; first += together) {
    const long end = min_long(first + together, a.vectors);
    for (long j = 0; j < b.vectors; j += 2) {
      const bfloat_pair *with = b.at + j * b.step;
      for (long i = first; i < end; i += 2) {
        const bfloat_pair *from = room + i * steps * TILE;
        float *to = sums + i * to_row + j * TILE;
        if (i + 1 < end) {
          if (j + 1 < b.vectors) {
            add_some_tiles(from, with, b.step, steps, to, to_row, adds, 2, 2);
          } else {
            add_some_tiles(from, with, b.step, steps, to, to_row, adds, 2, 1);
          }
        } else if (j + 1 < b.vectors) {
          add_some_tiles(from, with, b.step, steps, to, to_row, adds, 1, 2);
        } else {
          add_some_tiles(from, with, b.step, steps, to, to_row, adds, 1, 1);
        }
      }
    }
  }
}

// MARK: Whichever there is

void ck_bfloat_sums(const bfloat_factors *f, float *sums, fetch_plan *ahead, long lines) {
  if (ck_instructions == CK_TILES) {
    sums_by_tiles(f, sums, ahead, lines);
  } else {
    sums_by_vectors(f, sums, ahead, lines);
  }
}

void ck_bfloat_add_products(pixel_pairs a, pixel_pairs b, long steps, int adds, bfloat_pair *room,
                            float *sums) {
  if (ck_instructions == CK_TILES) {
    add_products_by_tiles(a, b, steps, adds, room, sums);
  } else {
    add_products_by_vectors(a, b, steps, adds, sums);
  }
}

void ck_begin_bfloat_products(void) {
  if (ck_instructions == CK_TILES) begin_tiles();
}

void ck_end_bfloat_products(void) {
  if (ck_instructions == CK_TILES) end_tiles();
}
#else

void ck_bfloat_sums(const bfloat_factors *f, float *sums, fetch_plan *ahead, long lines) {
  __builtin_trap();
}

void ck_bfloat_add_products(pixel_pairs a, pixel_pairs b, long steps, int adds, bfloat_pair *room,
                            float *sums) {
  __builtin_trap();
}

void ck_begin_bfloat_products(void) {}
void ck_end_bfloat_products(void) {}
#endif
