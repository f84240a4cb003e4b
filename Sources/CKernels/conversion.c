#include "precision.h"

typedef struct {
  const void *x;
  void *y;
} conversion;

BFLOAT_LOOP(widen_part) {
  const conversion *p = context;
  const void *x = p->x;
  void *y = p->y;
  WIDE for (long i = begin; i < end; i++) store(0, y, i, load(1, x, i));
}

BFLOAT_LOOP(narrow_part) {
  const conversion *p = context;
  const void *x = p->x;
  void *y = p->y;
  WIDE for (long i = begin; i < end; i++) store(1, y, i, load(0, x, i));
}

void ck_widen(int threads, const void *x, float *y, long count) {
  conversion job = {x, y};
  ck_for(threads, count, GRAIN, widen_part, &job);
}

void ck_narrow(int threads, const float *x, void *y, long count) {
  conversion job = {x, y};
  ck_for(threads, count, GRAIN, narrow_part, &job);
}
