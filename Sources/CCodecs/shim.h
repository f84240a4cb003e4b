#ifndef MMRAZOR_CCODECS_SHIM_H
#define MMRAZOR_CCODECS_SHIM_H

#include <png.h>
#include <stdio.h>
#include <turbojpeg.h>

#endif
