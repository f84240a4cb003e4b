#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "ccodecs.h"

typedef struct {
  char *text;
  size_t size;
} message_buffer;

typedef struct {
  const uint8_t *data;
  size_t size;
  size_t position;
} reader;

typedef struct {
  uint8_t *data;
  size_t size;
  size_t capacity;
} writer;

static void leave(png_structp png, png_const_charp text) {
  message_buffer *message = png_get_error_ptr(png);
  snprintf(message->text, message->size, "%s", text);
  longjmp(png_jmpbuf(png), 1);
}

static void ignore_warning(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

static void read_bytes(png_structp png, png_bytep target, size_t count) {
  reader *input = png_get_io_ptr(png);
  if (count > input->size - input->position) png_error(png, "the file is cut short");
  memcpy(target, input->data + input->position, count);
  input->position += count;
}

static void write_bytes(png_structp png, png_bytep source, size_t count) {
  writer *output = png_get_io_ptr(png);
  if (output->size + count > output->capacity) {
    size_t capacity = (output->size + count) * 2;
    uint8_t *grown = realloc(output->data, capacity);
    if (grown == NULL) png_error(png, "out of memory");
    output->data = grown;
    output->capacity = capacity;
  }
  memcpy(output->data + output->size, source, count);
  output->size += count;
}

static void flush_bytes(png_structp png) {
  (void)png;
}

static int channels_for(png_structp png, png_infop info, int mode) {
  if (mode == CCODECS_COLOR) return 3;
  if (mode == CCODECS_GRAY) return 1;
  switch (png_get_color_type(png, info)) {
    case PNG_COLOR_TYPE_GRAY:
      return 1;
    case PNG_COLOR_TYPE_PALETTE:
      return png_get_valid(png, info, PNG_INFO_tRNS) ? 4 : 3;
    case PNG_COLOR_TYPE_RGB:
      return 3;
    default:
      return 4;
  }
}

// Reads the head; with `pixels`, the rest too.
static int read_png(
    const uint8_t *data, size_t size, int mode, ccodecs_image_info *picture, uint8_t *pixels,
    size_t pixels_size, char *message, size_t message_size) {
  message_buffer buffer = {message, message_size};
  reader input = {data, size, 0};
  png_bytepp volatile rows = NULL;
  png_structp png =
      png_create_read_struct(PNG_LIBPNG_VER_STRING, &buffer, leave, ignore_warning);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  if (info == NULL) {
    png_destroy_read_struct(&png, NULL, NULL);
    snprintf(message, message_size, "out of memory");
    return -1;
  }
  if (setjmp(png_jmpbuf(png))) {
    free((void *)rows);
    png_destroy_read_struct(&png, &info, NULL);
    return -1;
  }
  png_set_read_fn(png, &input, read_bytes);
  png_read_info(png, info);
  png_uint_32 width = png_get_image_width(png, info);
  png_uint_32 height = png_get_image_height(png, info);
  int depth = png_get_bit_depth(png, info);
  int color_type = png_get_color_type(png, info);
  int channels = channels_for(png, info, mode);
  picture->width = (int32_t)width;
  picture->height = (int32_t)height;
  picture->channels = channels;
  picture->depth = depth;
  picture->orientation = 0;
  if (pixels == NULL) {
    png_destroy_read_struct(&png, &info, NULL);
    return 0;
  }
  size_t row_size = (size_t)width * (size_t)channels;
  if (row_size * height != pixels_size) {
    png_error(png, "the image changed its size between two readings");
  }

  if (depth == 16) png_set_strip_16(png);
  if (channels < 4) {
    png_set_strip_alpha(png);
  } else {
    png_set_tRNS_to_alpha(png);
  }
  if (color_type == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
  int has_color = (color_type & PNG_COLOR_MASK_COLOR) != 0;
  if (!has_color && depth < 8) png_set_expand_gray_1_2_4_to_8(png);
  if (has_color && channels > 1) {
    png_set_bgr(png);
  } else if (channels > 1) {
    png_set_gray_to_rgb(png);
  } else if (has_color) {
    png_set_rgb_to_gray(png, 1, 0.299, 0.587);
  }
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
  if (png_get_rowbytes(png, info) != row_size) png_error(png, "unexpected row size");
  rows = malloc(height * sizeof(png_bytep));
  if (rows == NULL) png_error(png, "out of memory");
  for (png_uint_32 y = 0; y < height; y++) rows[y] = pixels + (size_t)y * row_size;
  png_read_image(png, rows);
  png_read_end(png, NULL);
  free((void *)rows);
  png_destroy_read_struct(&png, &info, NULL);
  return 0;
}

int ccodecs_png_inspect(
    const uint8_t *data, size_t size, int mode, ccodecs_image_info *picture, char *message,
    size_t message_size) {
  return read_png(data, size, mode, picture, NULL, 0, message, message_size);
}

int ccodecs_png_decode(
    const uint8_t *data, size_t size, int mode, uint8_t *pixels, size_t pixels_size, char *message,
    size_t message_size) {
  ccodecs_image_info picture;
  return read_png(data, size, mode, &picture, pixels, pixels_size, message, message_size);
}

int ccodecs_png_encode(
    const uint8_t *pixels, int32_t width, int32_t height, int32_t channels, uint8_t **data,
    size_t *size, char *message, size_t message_size) {
  message_buffer buffer = {message, message_size};
  writer output = {NULL, 0, 0};
  writer *volatile owned = &output;
  png_structp png =
      png_create_write_struct(PNG_LIBPNG_VER_STRING, &buffer, leave, ignore_warning);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  if (info == NULL) {
    png_destroy_write_struct(&png, NULL);
    snprintf(message, message_size, "out of memory");
    return -1;
  }
  if (setjmp(png_jmpbuf(png))) {
    png_destroy_write_struct(&png, &info);
    free(owned->data);
    return -1;
  }
  png_set_write_fn(png, &output, write_bytes, flush_bytes);
  png_set_IHDR(
      png, info, (png_uint_32)width, (png_uint_32)height, 8,
      channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
      PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  if (channels == 3) png_set_bgr(png);
  for (int32_t y = 0; y < height; y++) {
    png_write_row(png, (png_bytep)(pixels + (size_t)y * (size_t)width * (size_t)channels));
  }
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  *data = output.data;
  *size = output.size;
  return 0;
}
