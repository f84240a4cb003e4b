#include "cboxes.h"
#include "internal.h"

// Multiplications and additions must not be fused here: see cboxes.h. The compiler fuses a product that is
// used in a sum only; so areas are kept in memory, and a common area is divided, too.

/// The larger one, or NaN.
INLINE float larger(float a, float b) {
  float result = a > b ? a : b;
  return a == a ? result : a;
}

INLINE float smaller(float a, float b) {
  float result = a < b ? a : b;
  return a == a ? result : a;
}

typedef struct {
  float x1, y1, x2, y2;
} corners;

INLINE float overlap_of(const int kind, corners a, float a_area, corners b, float b_area,
                        float epsilon) {
  float width = larger(smaller(a.x2, b.x2) - larger(a.x1, b.x1), 0);
  float height = larger(smaller(a.y2, b.y2) - larger(a.y1, b.y1), 0);
  float common = width * height;
  float whole = kind == CK_IOF ? a_area : a_area + b_area - common;
  whole = larger(whole, epsilon);
  float overlap = common / whole;
  if (kind != CK_GIOU) return overlap;
  float hull_width = larger(larger(a.x2, b.x2) - smaller(a.x1, b.x1), 0);
  float hull_height = larger(larger(a.y2, b.y2) - smaller(a.y1, b.y1), 0);
  float hull = larger(hull_width * hull_height, epsilon);
  return overlap - (hull - whole) / hull;
}

typedef struct {
  const float *a, *b;
  /// Coordinates and areas of `b`, each by itself.
  const float *x1, *y1, *x2, *y2, *areas;
  /// Of `a`.
  const float *other_areas;
  float *out;
  long columns;
  float epsilon;
  int kind;
} overlap_job;

#define EACH_KIND(CASE) \
  switch (p->kind) {    \
    CASE(CK_IOU)        \
    CASE(CK_IOF)        \
    CASE(CK_GIOU)       \
  }

LOOP(overlap_part) {
  const overlap_job *p = context;
  const float *x1 = p->x1, *y1 = p->y1, *x2 = p->x2, *y2 = p->y2, *areas = p->areas;
  const float epsilon = p->epsilon;
  for (long row = begin; row < end; row++) {
    const float *box = p->a + row * 4;
    const corners a = {box[0], box[1], box[2], box[3]};
    const float area = p->other_areas[row];
    float *out = p->out + row * p->columns;
#define CASE(kind)                                                           \
  case kind:                                                                 \
    VECTORIZE for (long i = 0; i < p->columns; i++) {                        \
      corners b = {x1[i], y1[i], x2[i], y2[i]};                              \
      out[i] = overlap_of(kind, a, area, b, areas[i], epsilon);              \
    }                                                                        \
    break;
    EACH_KIND(CASE)
#undef CASE
  }
}

LOOP(paired_overlap_part) {
  const overlap_job *p = context;
  for (long i = begin; i < end; i++) {
    const float *left = p->a + i * 4, *right = p->b + i * 4;
    const corners a = {left[0], left[1], left[2], left[3]};
    const corners b = {right[0], right[1], right[2], right[3]};
#define CASE(kind)                                                                            \
  case kind:                                                                                  \
    p->out[i] = overlap_of(kind, a, p->other_areas[i], b, p->areas[i], p->epsilon);           \
    break;
    EACH_KIND(CASE)
#undef CASE
  }
}

typedef struct {
  const float *boxes;
  float *x1, *y1, *x2, *y2, *areas;
  float offset;
} split_job;

typedef struct {
  const float *boxes;
  float *areas;
} area_job;

LOOP(area_part) {
  const area_job *p = context;
  for (long i = begin; i < end; i++) {
    const float *box = p->boxes + i * 4;
    p->areas[i] = (box[2] - box[0]) * (box[3] - box[1]);
  }
}

static const float *areas_of(int threads, const float *boxes, long count, float *areas) {
  area_job job = {boxes, areas};
  ck_for(threads, count, GRAIN, area_part, &job);
  return areas;
}

LOOP(split_part) {
  const split_job *p = context;
  for (long i = begin; i < end; i++) {
    const float *box = p->boxes + i * 4;
    p->x1[i] = box[0];
    p->y1[i] = box[1];
    p->x2[i] = box[2];
    p->y2[i] = box[3];
    p->areas[i] = (box[2] - box[0] + p->offset) * (box[3] - box[1] + p->offset);
  }
}

static split_job split(int threads, const float *boxes, long count, float offset, float *scratch) {
  split_job job = {boxes,
                   scratch,
                   scratch + count,
                   scratch + 2 * count,
                   scratch + 3 * count,
                   scratch + 4 * count,
                   offset};
  ck_for(threads, count, GRAIN, split_part, &job);
  return job;
}

void ck_overlaps(int threads, int kind, const float *a, long rows, const float *b, long columns,
                 float epsilon, float *out, float *scratch) {
  split_job parts = split(threads, b, columns, 0, scratch);
  overlap_job job = {.a = a, .x1 = parts.x1, .y1 = parts.y1, .x2 = parts.x2, .y2 = parts.y2,
                     .areas = parts.areas,
                     .other_areas = areas_of(threads, a, rows, scratch + 5 * columns), .out = out,
                     .columns = columns, .epsilon = epsilon, .kind = kind};
  ck_for(threads, rows, grain_of(4 * columns), overlap_part, &job);
}

void ck_paired_overlaps(int threads, int kind, const float *a, const float *b, long count,
                        float epsilon, float *out, float *scratch) {
  overlap_job job = {.a = a, .b = b, .areas = areas_of(threads, b, count, scratch),
                     .other_areas = areas_of(threads, a, count, scratch + count), .out = out,
                     .epsilon = epsilon, .kind = kind};
  ck_for(threads, count, GRAIN / 8, paired_overlap_part, &job);
}

// MARK: Suppression

enum { BLOCK = 256, STRETCH = 512 };

/// Boxes that are not decided yet, in order, coordinates each by themselves; and the kept ones of a block.
typedef struct {
  float *x1, *y1, *x2, *y2, *areas;
  /// Where they were among all.
  int *places;
  int *dead;
  float threshold, offset;
  corners kept[BLOCK];
  float kept_areas[BLOCK];
  long kept_count, start;
} suppression;

/// Marks those of first ..< last that a kept box overlaps. Comparisons as in mmcv, for NaN.
INLINE void mark(const suppression *p, corners k, float area, long first, long last) {
  const float *x1 = p->x1, *y1 = p->y1, *x2 = p->x2, *y2 = p->y2, *areas = p->areas;
  const float threshold = p->threshold, offset = p->offset;
  int *dead = p->dead;
  VECTORIZE for (long j = first; j < last; j++) {
    float left = k.x1 < x1[j] ? x1[j] : k.x1, top = k.y1 < y1[j] ? y1[j] : k.y1;
    float right = x2[j] < k.x2 ? x2[j] : k.x2, bottom = y2[j] < k.y2 ? y2[j] : k.y2;
    float width = right - left + offset, height = bottom - top + offset;
    width = 0 < width ? width : 0;
    height = 0 < height ? height : 0;
    float common = width * height;
    float overlap = common / (area + areas[j] - common);
    dead[j] |= overlap > threshold;
  }
}

LOOP(mark_part) {
  const suppression *p = context;
  for (long first = begin; first < end; first += STRETCH) {
    const long last = min_long(first + STRETCH, end);
    for (long i = 0; i < p->kept_count; i++) {
      mark(p, p->kept[i], p->kept_areas[i], p->start + first, p->start + last);
    }
  }
}

/// By the kept box `begin`, the rest of its block, which ends at `end`.
LOOP(mark_block_part) {
  const suppression *p = context;
  mark(p, p->kept[begin], p->kept_areas[begin], p->start, end);
}

/// Moves those that are alive to the front, and returns their number.
static long close_ranks(suppression *p, long first, long count) {
  long alive = 0;
  for (long j = first; j < count; j++) {
    if (p->dead[j]) continue;
    p->x1[alive] = p->x1[j];
    p->y1[alive] = p->y1[j];
    p->x2[alive] = p->x2[j];
    p->y2[alive] = p->y2[j];
    p->areas[alive] = p->areas[j];
    p->places[alive] = p->places[j];
    alive++;
  }
  for (long j = 0; j < alive; j++) p->dead[j] = 0;
  return alive;
}

void ck_suppress(int threads, const float *boxes, long count, float threshold, float offset,
                 unsigned char *kept, float *scratch) {
  split_job parts = split(threads, boxes, count, offset, scratch);
  suppression job = {.x1 = parts.x1, .y1 = parts.y1, .x2 = parts.x2, .y2 = parts.y2,
                     .areas = parts.areas, .places = (int *)(scratch + 5 * count),
                     .dead = (int *)(scratch + 6 * count), .threshold = threshold,
                     .offset = offset};
  for (long i = 0; i < count; i++) {
    kept[i] = 0;
    job.places[i] = (int)i;
    job.dead[i] = 0;
  }
  while (count > 0) {
    const long block = min_long(BLOCK, count);
    job.kept_count = 0;
    for (long i = 0; i < block; i++) {
      if (job.dead[i]) continue;
      const corners box = {job.x1[i], job.y1[i], job.x2[i], job.y2[i]};
      job.kept[job.kept_count] = box;
      job.kept_areas[job.kept_count] = job.areas[i];
      kept[job.places[i]] = 1;
      job.start = i + 1;
      mark_block_part(&job, job.kept_count++, block, 0);
    }
    job.start = block;
    ck_for(threads, count - block, grain_of(max_long(job.kept_count / 4, 1)), mark_part, &job);
    count = close_ranks(&job, block, count);
  }
}
