#pragma once

#include "internal.h"

// Loops of depthwise convolutions all of whose elements are bfloat16: to ask for each vector in which
// precision it is kept would take longer than to compute it.

void ck_only_bfloat_convolve(const void *context, long begin, long end, int worker);
void ck_only_bfloat_gradient(const void *context, long begin, long end, int worker);
