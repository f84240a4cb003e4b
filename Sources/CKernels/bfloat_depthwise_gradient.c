#include "bfloat_lanes.h"

#include "depthwise_gradient.h"
#include "only_bfloat_depthwise.h"

BFLOAT_LOOP(gradient_either) { gradient_lines(context, begin, end, worker, ROWS, 2); }

void ck_bfloat_depthwise_gradient(int threads, const ck_depthwise *g, const ck_activation *x,
                                  const ck_activation_gradient *dy, const float *weights, void *dx,
                                  int dx_bfloat, const float *center, float *sum, float *product,
                                  float *dw, float *scratch) {
  const gradient_job job = {.geometry = g, .x = x, .dy = dy, .weights = weights, .center = center,
                            .dx = kept(dx, dx_bfloat), .scratch = scratch};
  const int is_only_bfloat
      = x->bfloat && dy->bfloat && (!dy->a || dy->output.bfloat) && (!dx || dx_bfloat);
  differentiate_depthwise(is_only_bfloat ? ck_only_bfloat_gradient : gradient_either, threads, job,
                          sum, product, dw);
}

END_BFLOAT_FUNCTIONS
