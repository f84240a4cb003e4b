// A thin C face of OpenCV's image processing, for pictures of 1 to 4 interleaved channels.
//
// OpenCV runs on the calling thread only. No C++ exception leaves this target: functions return 0,
// or -1 with a reason in `message`.
#ifndef MMRAZOR_CIMAGING_H
#define MMRAZOR_CIMAGING_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { CIMAGING_UINT8 = 0, CIMAGING_FLOAT32 = 1 };

enum {
  CIMAGING_NEAREST = 0,
  CIMAGING_BILINEAR = 1,
  CIMAGING_BICUBIC = 2,
  CIMAGING_AREA = 3,
  CIMAGING_LANCZOS = 4
};

enum {
  CIMAGING_BORDER_CONSTANT = 0,
  CIMAGING_BORDER_EDGE = 1,
  CIMAGING_BORDER_REFLECT = 2,
  CIMAGING_BORDER_SYMMETRIC = 3
};

// A picture in memory; `stride` counts bytes from row to row.
typedef struct {
  void *pixels;
  int32_t width;
  int32_t height;
  int32_t channels;
  int32_t type;
  size_t stride;
} cimaging_picture;

// Scales `source` to the size of `target`.
int cimaging_resize(
    const cimaging_picture *source, const cimaging_picture *target, int interpolation,
    char *message, size_t message_size);

// Fills `target` with `source` at (`left`, `top`) and a border around it.
int cimaging_pad(
    const cimaging_picture *source, const cimaging_picture *target, int32_t left, int32_t top,
    int border, const double *value, char *message, size_t message_size);

// Replaces every pixel by its grey value in all three channels. `is_rgb` tells the channel order.
int cimaging_make_gray(
    const cimaging_picture *picture, int is_rgb, char *message, size_t message_size);

// The mean grey value of a BGR picture: the sum over all pixels, divided by the number of those
// whose grey value lies in 0 ... 255.
int cimaging_gray_mean(
    const cimaging_picture *picture, double *mean, char *message, size_t message_size);

// In place: `pixel * factor + anchor * (1 - factor)`, clipped to 0 ... 255; fractions of 8-bit
// pixels are cut off.
int cimaging_blend_with_constant(
    const cimaging_picture *picture, double factor, double anchor, char *message,
    size_t message_size);

// In place: `pixel * alpha + grey * (1 - alpha)` of a BGR picture, clipped to 0 ... 255; 8-bit
// pixels are rounded.
int cimaging_blend_with_gray(
    const cimaging_picture *picture, double alpha, char *message, size_t message_size);

// Writes a line of text on an 8-bit picture, (`left`, `baseline`) being the start of its baseline.
// `color` is in the picture's channel order.
int cimaging_draw_text(
    const cimaging_picture *picture, const char *text, int32_t left, int32_t baseline,
    double scale, const double *color, int32_t thickness, char *message, size_t message_size);

#ifdef __cplusplus
}
#endif

#endif
