#define ONLY_BFLOAT
#include "bfloat_lanes.h"

#include "depthwise_convolution.h"
#include "depthwise_gradient.h"
#include "only_bfloat_depthwise.h"

void ck_only_bfloat_convolve(const void *context, long begin, long end, int worker) {
  convolve_lines(context, begin, end, worker, ROWS, 2);
}

void ck_only_bfloat_gradient(const void *context, long begin, long end, int worker) {
  gradient_lines(context, begin, end, worker, ROWS, 2);
}

END_BFLOAT_FUNCTIONS
