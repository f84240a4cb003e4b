#ifndef MMRAZOR_CPYTHON_SHIM_H
#define MMRAZOR_CPYTHON_SHIM_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#endif
