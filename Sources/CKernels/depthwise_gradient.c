#include "depthwise_gradient.h"

SHAPED_LOOP(gradient)

long ck_depthwise_gradient_scratch(int threads, const ck_depthwise *g) {
  return threads * gradient_scratch(g);
}

void ck_depthwise_gradient(int threads, const ck_depthwise *g, const ck_activation *x,
                           const ck_activation_gradient *dy, const float *weights, float *dx,
                           const float *center, float *sum, float *product, float *dw,
                           float *scratch) {
  const gradient_job job = {.geometry = g, .x = x, .dy = dy, .weights = weights, .center = center,
                            .dx = kept(dx, 0), .scratch = scratch};
  differentiate_depthwise(gradient, threads, job, sum, product, dw);
}
