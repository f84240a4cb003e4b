#include "few_classes.h"

typedef struct {
  const float *x;
  const int *choice;
  float *y;
  int *chosen;
  long reduced, inner, column_blocks;
} extremes;

enum { COLUMNS = 256 };

/// One choice a row, of rows of few scores.
INLINE void extremes_of_few(const extremes *p, long begin, long end, const int least) {
  const long classes = p->reduced;
  float turned[(FEW + LANES) * LANES];
  for (long row = begin; row < end; row += LANES) {
    turn_rows(p->x + row * classes, end - row, classes, turned);
    float best[LANES];
    int place[LANES] = {0};
    write_lanes(best, read_lanes(turned));
    for (long k = 1; k < classes; k++) {
      const float *values = turned + k * LANES;
      EACH_LANE {
        float value = values[l];
        int is_better = least ? value < best[l] : value > best[l];
        int wins = (is_better | (value != value)) & (best[l] == best[l]);
        best[l] = wins ? value : best[l];
        place[l] = wins ? (int)k : place[l];
      }
    }
    const long rows = min_long(LANES, end - row);
    for (long r = 0; r < rows; r++) p->y[row + r] = best[r];
    if (!p->chosen) continue;
    for (long r = 0; r < rows; r++) p->chosen[row + r] = place[r];
  }
}

/// Items are blocks of COLUMNS inner elements of one outer index.
INLINE void extreme_blocks(const extremes *p, long begin, long end, const int least) {
  const long inner = p->inner, reduced = p->reduced;
  if (inner == 1 && are_few(reduced)) {
    extremes_of_few(p, begin, end, least);
    return;
  }
  for (long item = begin; item < end; item++) {
    long outer = item / p->column_blocks, first = item % p->column_blocks * COLUMNS;
    long width = min_long(COLUMNS, inner - first);
    const float *x = p->x + outer * reduced * inner + first;
    if (inner == 1) {
      float best = x[0];
      int place = 0;
      for (long r = 1; r < reduced; r++) {
        int is_better = least ? x[r] < best : x[r] > best;
        int wins = (is_better || x[r] != x[r]) && best == best;
        best = wins ? x[r] : best;
        place = wins ? (int)r : place;
      }
      p->y[outer] = best;
      if (p->chosen) p->chosen[outer] = place;
      continue;
    }
    float best[COLUMNS];
    int place[COLUMNS];
    for (long i = 0; i < width; i++) {
      best[i] = x[i];
      place[i] = 0;
    }
    for (long r = 1; r < reduced; r++) {
      const float *line = x + r * inner;
      VECTORIZE for (long i = 0; i < width; i++) {
        float value = line[i];
        int is_better = least ? value < best[i] : value > best[i];
        int wins = (is_better || value != value) && best[i] == best[i];
        best[i] = wins ? value : best[i];
        place[i] = wins ? (int)r : place[i];
      }
    }
    float *y = p->y + outer * inner + first;
    for (long i = 0; i < width; i++) y[i] = best[i];
    if (p->chosen) {
      int *chosen = p->chosen + outer * inner + first;
      for (long i = 0; i < width; i++) chosen[i] = place[i];
    }
  }
}

LOOP(largest_part) { extreme_blocks(context, begin, end, 0); }

LOOP(least_part) { extreme_blocks(context, begin, end, 1); }

void ck_reduce_extreme(int threads, int least, const float *x, float *y, int *chosen, long outer,
                       long reduced, long inner) {
  if (outer * inner == 0) return;
  extremes job = {x, 0, y, chosen, reduced, inner, (inner + COLUMNS - 1) / COLUMNS};
  ck_for(threads, outer * job.column_blocks, grain_of(reduced * min_long(inner, COLUMNS)),
         least ? least_part : largest_part, &job);
}

LOOP(expand_chosen_part) {
  const extremes *p = context;
  const long inner = p->inner;
  for (long item = begin; item < end; item++) {
    long outer = item / p->reduced;
    int r = (int)(item % p->reduced);
    const float *x = p->x + outer * inner;
    const int *choice = p->choice + outer * inner;
    float *y = p->y + item * inner;
    VECTORIZE for (long i = 0; i < inner; i++) y[i] = choice[i] == r ? x[i] : 0;
  }
}

void ck_expand_chosen(int threads, const float *x, const int *chosen, float *y, long outer,
                      long reduced, long inner) {
  extremes job = {x, chosen, y, 0, reduced, inner, 0};
  ck_for(threads, outer * reduced, grain_of(inner), expand_chosen_part, &job);
}
