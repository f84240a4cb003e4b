#pragma once

// Boxes (x1, y1, x2, y2), side by side. Each operation is rounded for itself, as PyTorch and mmcv do, so
// that a comparison with a threshold comes out the same.

enum { CK_IOU, CK_IOF, CK_GIOU };

/// out[rows, columns]: how much each box of `a` overlaps each of `b`. `epsilon` is the least area that is
/// divided by. Works in 5 * columns + rows floats.
void ck_overlaps(int threads, int kind, const float *a, long rows, const float *b, long columns,
                 float epsilon, float *out, float *scratch);
/// out[count]: box by box. Works in 2 * count floats.
void ck_paired_overlaps(int threads, int kind, const float *a, const float *b, long count,
                        float epsilon, float *out, float *scratch);
/// Boxes in the order of their scores: `kept` becomes 1 for each that overlaps no kept one before it by
/// more than `threshold`. `offset` is added to each extent. Works in 7 * count floats.
void ck_suppress(int threads, const float *boxes, long count, float threshold, float offset,
                 unsigned char *kept, float *scratch);
