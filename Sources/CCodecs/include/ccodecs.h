// Reading and writing of images in memory over libjpeg-turbo, libpng, libwebp and libtiff.
//
// Some of them report errors by longjmp; none of that leaves this target. Functions return 0; -1
// with a reason in `message`; or, where that is said, 1 with a description of damage in it.
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
  // The tag of TIFF files that says how rows and columns relate to what is up; 0 in other formats.
  int32_t orientation;
} ccodecs_image_info;

// Reads the head of a JPEG file.
int ccodecs_jpeg_inspect(
    const uint8_t *data, size_t size, int mode, ccodecs_image_info *picture, char *message,
    size_t message_size);

// Decodes a JPEG file to `width * height * channels` bytes, with the exact inverse DCT and smooth
// upsampling that OpenCV uses. Returns 1 when the data is damaged or cut short and libjpeg could go
// on; what it could not know is grey.
int ccodecs_jpeg_decode(
    const uint8_t *data, size_t size, int mode, uint8_t *pixels, size_t pixels_size, char *message,
    size_t message_size);

// Encodes BGR pixels as a baseline JPEG file with halved chroma. The result is freed with
// `ccodecs_free`.
int ccodecs_jpeg_encode(
    const uint8_t *pixels, int32_t width, int32_t height, int quality, uint8_t **data,
    size_t *size, char *message, size_t message_size);

int ccodecs_png_inspect(
    const uint8_t *data, size_t size, int mode, ccodecs_image_info *picture, char *message,
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

int ccodecs_webp_inspect(
    const uint8_t *data, size_t size, int mode, ccodecs_image_info *picture, char *message,
    size_t message_size);

// Decodes a WebP file to `width * height * channels` bytes; of an animation the first image.
int ccodecs_webp_decode(
    const uint8_t *data, size_t size, int mode, uint8_t *pixels, size_t pixels_size, char *message,
    size_t message_size);

int ccodecs_tiff_inspect(
    const uint8_t *data, size_t size, int mode, ccodecs_image_info *picture, char *message,
    size_t message_size);

// Decodes the first image of a TIFF file to `width * height * channels` bytes through libtiff's
// RGBA interface, as OpenCV does for 8-bit results.
int ccodecs_tiff_decode(
    const uint8_t *data, size_t size, int mode, uint8_t *pixels, size_t pixels_size, char *message,
    size_t message_size);

// The first channels of BGR or BGRA pixels, or their grey value as OpenCV's decoders round it.
void ccodecs_take_channels(
    const uint8_t *source, int source_channels, uint8_t *target, int channels, size_t count);

void ccodecs_free(uint8_t *data);

#ifdef __cplusplus
}
#endif

#endif
