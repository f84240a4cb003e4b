#ifndef MMRAZOR_CONEDNN_SHIM_H
#define MMRAZOR_CONEDNN_SHIM_H

#include <oneapi/dnnl/dnnl.h>

#endif
