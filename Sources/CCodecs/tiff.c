#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tiffio.h>

#include "ccodecs.h"

// A file in memory, as libtiff reads it.
typedef struct {
  const uint8_t *data;
  size_t size;
  size_t position;
  char *message;
  size_t message_size;
} memory_file;

static tmsize_t read_bytes(thandle_t handle, void *target, tmsize_t count) {
  memory_file *file = handle;
  if (count < 0 || file->position >= file->size) return 0;
  size_t rest = file->size - file->position;
  size_t taken = (size_t)count < rest ? (size_t)count : rest;
  memcpy(target, file->data + file->position, taken);
  file->position += taken;
  return (tmsize_t)taken;
}

static tmsize_t write_bytes(thandle_t handle, void *source, tmsize_t count) {
  (void)handle;
  (void)source;
  (void)count;
  return 0;
}

static toff_t seek(thandle_t handle, toff_t offset, int origin) {
  memory_file *file = handle;
  if (origin == SEEK_CUR) offset += file->position;
  if (origin == SEEK_END) offset += file->size;
  file->position = offset;
  return offset;
}

static int close_file(thandle_t handle) {
  (void)handle;
  return 0;
}

static toff_t file_size(thandle_t handle) {
  return ((memory_file *)handle)->size;
}

static int map_file(thandle_t handle, void **base, toff_t *size) {
  memory_file *file = handle;
  *base = (void *)file->data;
  *size = file->size;
  return 1;
}

static void unmap_file(thandle_t handle, void *base, toff_t size) {
  (void)handle;
  (void)base;
  (void)size;
}

// The first error counts; those that follow come from it.
static int note_error(
    TIFF *tiff, void *handle, const char *module, const char *format, va_list arguments) {
  (void)tiff;
  (void)module;
  memory_file *file = handle;
  if (file->message[0] == 0) vsnprintf(file->message, file->message_size, format, arguments);
  return 1;
}

static int ignore_warning(
    TIFF *tiff, void *handle, const char *module, const char *format, va_list arguments) {
  (void)tiff;
  (void)handle;
  (void)module;
  (void)format;
  (void)arguments;
  return 1;
}

static TIFF *open_file(memory_file *file) {
  file->message[0] = 0;
  TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
  if (options == NULL) return NULL;
  TIFFOpenOptionsSetErrorHandlerExtR(options, note_error, file);
  TIFFOpenOptionsSetWarningHandlerExtR(options, ignore_warning, file);
  TIFF *tiff = TIFFClientOpenExt(
      "image", "r", file, read_bytes, write_bytes, seek, close_file, file_size, map_file,
      unmap_file, options);
  TIFFOpenOptionsFree(options);
  return tiff;
}

static int fail(memory_file *file, const char *text) {
  if (file->message[0] == 0) snprintf(file->message, file->message_size, "%s", text);
  return -1;
}

static int inspect(TIFF *tiff, memory_file *file, int mode, ccodecs_image_info *picture) {
  uint32_t width = 0, height = 0;
  uint16_t depth = 1, samples = 1, photometric = 0, orientation = ORIENTATION_TOPLEFT;
  if (!TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width) ||
      !TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &height)) {
    return fail(file, "it has no size");
  }
  TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &depth);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &samples);
  TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &photometric);
  if (width > INT32_MAX || height > INT32_MAX) return fail(file, "it is too large");
  picture->width = (int32_t)width;
  picture->height = (int32_t)height;
  picture->depth = depth;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_ORIENTATION, &orientation);
  picture->orientation = orientation;
  int is_gray = photometric == PHOTOMETRIC_MINISBLACK || photometric == PHOTOMETRIC_MINISWHITE;
  picture->channels = mode == CCODECS_COLOR    ? 3
                      : mode == CCODECS_GRAY   ? 1
                      : is_gray                ? 1
                      : samples == 4           ? 4
                                               : 3;
  return 0;
}

int ccodecs_tiff_inspect(
    const uint8_t *data, size_t size, int mode, ccodecs_image_info *picture, char *message,
    size_t message_size) {
  memory_file file = {data, size, 0, message, message_size};
  TIFF *tiff = open_file(&file);
  if (tiff == NULL) return fail(&file, "its head is damaged");
  int result = inspect(tiff, &file, mode, picture);
  TIFFClose(tiff);
  return result;
}

// Rows of libtiff's raster, whose lowest comes first, to BGR, BGRA or grey.
static void take_rows(
    const uint32_t *raster, uint32_t raster_width, uint32_t raster_rows, uint32_t columns,
    uint32_t rows, uint8_t *target, size_t row_size, int channels) {
  for (uint32_t y = 0; y < rows; y++) {
    const uint32_t *source = raster + (size_t)(raster_rows - 1 - y) * raster_width;
    uint8_t *pixel = target + (size_t)y * row_size;
    for (uint32_t x = 0; x < columns; x++, pixel += channels) {
      uint8_t bgra[4] = {
          (uint8_t)TIFFGetB(source[x]), (uint8_t)TIFFGetG(source[x]), (uint8_t)TIFFGetR(source[x]),
          (uint8_t)TIFFGetA(source[x])};
      ccodecs_take_channels(bgra, 4, pixel, channels, 1);
    }
  }
}

static int decode(TIFF *tiff, memory_file *file, int mode, uint8_t *pixels, size_t pixels_size) {
  ccodecs_image_info picture;
  if (inspect(tiff, file, mode, &picture) != 0) return -1;
  size_t row_size = (size_t)picture.width * (size_t)picture.channels;
  if (row_size * (size_t)picture.height != pixels_size) {
    return fail(file, "the image changed its size between two readings");
  }
  // Rows are taken as they are stored; libtiff would turn some orientations and not others.
  TIFFSetField(tiff, TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
  char reason[1024];
  if (!TIFFRGBAImageOK(tiff, reason)) {
    file->message[0] = 0;
    return fail(file, reason);
  }
  uint32_t width = (uint32_t)picture.width, height = (uint32_t)picture.height;
  uint32_t part_width = width, part_height = 0;
  int is_tiled = TIFFIsTiled(tiff);
  if (is_tiled) {
    TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &part_width);
    TIFFGetField(tiff, TIFFTAG_TILELENGTH, &part_height);
  } else {
    TIFFGetFieldDefaulted(tiff, TIFFTAG_ROWSPERSTRIP, &part_height);
    if (part_height > height) part_height = height;
  }
  if (part_width == 0 || part_height == 0) return fail(file, "it has parts without a size");
  if ((uint64_t)part_width * part_height > (1u << 30)) return fail(file, "its parts are too large");
  uint32_t *raster = malloc((size_t)part_width * part_height * sizeof(uint32_t));
  if (raster == NULL) return fail(file, "out of memory");
  int is_read = 1;
  for (uint32_t y = 0; is_read && y < height; y += part_height) {
    uint32_t rows = height - y < part_height ? height - y : part_height;
    for (uint32_t x = 0; is_read && x < width; x += part_width) {
      uint32_t columns = width - x < part_width ? width - x : part_width;
      is_read = is_tiled ? TIFFReadRGBATile(tiff, x, y, raster) : TIFFReadRGBAStrip(tiff, y, raster);
      uint8_t *target =
          pixels + (size_t)y * row_size + (size_t)x * (size_t)picture.channels;
      if (is_read) {
        take_rows(
            raster, part_width, is_tiled ? part_height : rows, columns, rows, target, row_size,
            picture.channels);
      }
    }
  }
  free(raster);
  return is_read ? 0 : fail(file, "its data is damaged");
}

int ccodecs_tiff_decode(
    const uint8_t *data, size_t size, int mode, uint8_t *pixels, size_t pixels_size, char *message,
    size_t message_size) {
  memory_file file = {data, size, 0, message, message_size};
  TIFF *tiff = open_file(&file);
  if (tiff == NULL) return fail(&file, "its head is damaged");
  int result = decode(tiff, &file, mode, pixels, pixels_size);
  TIFFClose(tiff);
  return result;
}
