// Reading and writing of pictures in memory over libjpeg-turbo and libpng.
//
// Both libraries report errors by longjmp; none of that leaves this target. Functions return 0, or
// -1 with a reason in `message`.
#ifndef MMRAZOR_CCODECS_H
#define MMRAZOR_CCODECS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// What the pixels are turned into.
enum {
  // Three channels: blue, green, red. Alpha is dropped.
  CCODECS_COLOR = 0,
  // One channel.
  CCODECS_GRAY = 1,
  // As many channels as the file has: grey, BGR or BGRA.
  CCODECS_UNCHANGED = 2
};

typedef struct {
  int32_t width;
  int32_t height;
  // Channels of the pixels that decoding will give.
  int32_t channels;
  // Bits per sample in the file.
  int32_t depth;
} ccodecs_picture;

// Reads the head of a JPEG file.
int ccodecs_jpeg_inspect(
    const uint8_t *data, size_t size, int mode, ccodecs_picture *picture, char *message,
    size_t message_size);

// Decodes a JPEG file to `width * height * channels` bytes, with the exact inverse DCT and smooth
// upsampling that OpenCV uses. Data that is damaged or cut short is an error, though libjpeg would
// go on with a warning.
int ccodecs_jpeg_decode(
    const uint8_t *data, size_t size, int mode, uint8_t *pixels, size_t pixels_size, char *message,
    size_t message_size);

// Encodes BGR pixels as a baseline JPEG file with halved chroma. The result is freed with
// `ccodecs_free`.
int ccodecs_jpeg_encode(
    const uint8_t *pixels, int32_t width, int32_t height, int quality, uint8_t **data,
    size_t *size, char *message, size_t message_size);

int ccodecs_png_inspect(
    const uint8_t *data, size_t size, int mode, ccodecs_picture *picture, char *message,
    size_t message_size);

// Decodes a PNG file to `width * height * channels` bytes; of 16-bit samples the upper byte is
// kept, as OpenCV does.
int ccodecs_png_decode(
    const uint8_t *data, size_t size, int mode, uint8_t *pixels, size_t pixels_size, char *message,
    size_t message_size);

// Encodes grey (1 channel) or BGR (3 channels) pixels as a PNG file.
int ccodecs_png_encode(
    const uint8_t *pixels, int32_t width, int32_t height, int32_t channels, uint8_t **data,
    size_t *size, char *message, size_t message_size);

void ccodecs_free(uint8_t *data);

#ifdef __cplusplus
}
#endif

#endif
