#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
// After jpeglib.h, which it needs.
#include <jerror.h>

#include "ccodecs.h"

typedef struct {
  struct jpeg_error_mgr base;
  jmp_buf escape;
  char *message;
  size_t message_size;
  int is_damaged;
} error_manager;

static void write_message(j_common_ptr info) {
  error_manager *errors = (error_manager *)info->err;
  char text[JMSG_LENGTH_MAX];
  errors->base.format_message(info, text);
  snprintf(errors->message, errors->message_size, "%s", text);
}

static void leave(j_common_ptr info) {
  error_manager *errors = (error_manager *)info->err;
  write_message(info);
  longjmp(errors->escape, 1);
}

// Whether a warning means that pixels are wrong. Superfluous bytes between segments and odd
// version numbers do no harm, and occur in public data sets.
static int spoils_pixels(int code) {
  switch (code) {
    case JWRN_ARITH_BAD_CODE:
    case JWRN_BOGUS_PROGRESSION:
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_JPEG_EOF:
    case JWRN_MUST_RESYNC:
    case JWRN_NOT_SEQUENTIAL:
      return 1;
    default:
      return 0;
  }
}

// Notes the first damage; libjpeg goes on and leaves grey what it cannot know.
static void emit_message(j_common_ptr info, int level) {
  error_manager *errors = (error_manager *)info->err;
  if (level >= 0 || errors->is_damaged || !spoils_pixels(info->err->msg_code)) return;
  errors->is_damaged = 1;
  write_message(info);
}

static void set_errors(error_manager *errors, char *message, size_t message_size) {
  jpeg_std_error(&errors->base);
  errors->base.error_exit = leave;
  errors->base.emit_message = emit_message;
  errors->message = message;
  errors->message_size = message_size;
  errors->is_damaged = 0;
}

static int channels_for(const struct jpeg_decompress_struct *info, int mode) {
  if (mode == CCODECS_GRAY) return 1;
  if (mode == CCODECS_UNCHANGED && info->num_components == 1) return 1;
  return 3;
}

int ccodecs_jpeg_inspect(
    const uint8_t *data, size_t size, int mode, ccodecs_image_info *picture, char *message,
    size_t message_size) {
  struct jpeg_decompress_struct info;
  error_manager errors;
  set_errors(&errors, message, message_size);
  info.err = &errors.base;
  if (setjmp(errors.escape)) {
    jpeg_destroy_decompress(&info);
    return -1;
  }
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, data, size);
  jpeg_read_header(&info, TRUE);
  picture->width = (int32_t)info.image_width;
  picture->height = (int32_t)info.image_height;
  picture->channels = channels_for(&info, mode);
  picture->depth = info.data_precision;
  picture->orientation = 0;
  jpeg_destroy_decompress(&info);
  return 0;
}

// Inverted CMYK, as Adobe writes it, to BGR with OpenCV's rounding; in place, row by row.
static void cmyk_to_bgr(const uint8_t *cmyk, uint8_t *bgr, int width) {
  for (int x = 0; x < width; x++, cmyk += 4, bgr += 3) {
    int k = cmyk[3];
    bgr[2] = (uint8_t)(k - (((255 - cmyk[0]) * k) >> 8));
    bgr[1] = (uint8_t)(k - (((255 - cmyk[1]) * k) >> 8));
    bgr[0] = (uint8_t)(k - (((255 - cmyk[2]) * k) >> 8));
  }
}

static void cmyk_to_gray(const uint8_t *cmyk, uint8_t *gray, int width) {
  for (int x = 0; x < width; x++, cmyk += 4) {
    uint8_t bgr[3];
    cmyk_to_bgr(cmyk, bgr, 1);
    gray[x] = (uint8_t)((bgr[0] * 1868 + bgr[1] * 9617 + bgr[2] * 4899 + (1 << 13)) >> 14);
  }
}

int ccodecs_jpeg_decode(
    const uint8_t *data, size_t size, int mode, uint8_t *pixels, size_t pixels_size, char *message,
    size_t message_size) {
  struct jpeg_decompress_struct info;
  error_manager errors;
  uint8_t *volatile line = NULL;
  set_errors(&errors, message, message_size);
  info.err = &errors.base;
  if (setjmp(errors.escape)) {
    jpeg_destroy_decompress(&info);
    free(line);
    return -1;
  }
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, data, size);
  jpeg_read_header(&info, TRUE);
  int channels = channels_for(&info, mode);
  size_t row_size = (size_t)info.image_width * (size_t)channels;
  if (row_size * info.image_height != pixels_size) {
    snprintf(message, message_size, "the image changed its size between two readings");
    jpeg_destroy_decompress(&info);
    return -1;
  }
  int is_cmyk = info.num_components == 4;
  if (is_cmyk) {
    info.out_color_space = JCS_CMYK;
    line = malloc((size_t)info.image_width * 4);
    if (line == NULL) ERREXIT1(&info, JERR_OUT_OF_MEMORY, 0);
  } else {
    info.out_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_EXT_BGR;
  }
  jpeg_start_decompress(&info);
  while (info.output_scanline < info.output_height) {
    uint8_t *target = pixels + (size_t)info.output_scanline * row_size;
    JSAMPROW row = is_cmyk ? line : target;
    if (jpeg_read_scanlines(&info, &row, 1) != 1) ERREXIT(&info, JERR_INPUT_EMPTY);
    if (is_cmyk && channels == 3) cmyk_to_bgr(line, target, (int)info.image_width);
    if (is_cmyk && channels == 1) cmyk_to_gray(line, target, (int)info.image_width);
  }
  jpeg_finish_decompress(&info);
  jpeg_destroy_decompress(&info);
  free(line);
  return errors.is_damaged ? 1 : 0;
}

int ccodecs_jpeg_encode(
    const uint8_t *pixels, int32_t width, int32_t height, int quality, uint8_t **data,
    size_t *size, char *message, size_t message_size) {
  struct jpeg_compress_struct info;
  error_manager errors;
  unsigned char *buffer = NULL;
  unsigned long buffer_size = 0;
  unsigned char *volatile *volatile owned = (unsigned char *volatile *)&buffer;
  set_errors(&errors, message, message_size);
  info.err = &errors.base;
  if (setjmp(errors.escape)) {
    jpeg_destroy_compress(&info);
    free(*owned);
    return -1;
  }
  jpeg_create_compress(&info);
  jpeg_mem_dest(&info, &buffer, &buffer_size);
  info.image_width = (JDIMENSION)width;
  info.image_height = (JDIMENSION)height;
  info.input_components = 3;
  info.in_color_space = JCS_EXT_BGR;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, quality, TRUE);
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < info.image_height) {
    JSAMPROW row = (JSAMPROW)(pixels + (size_t)info.next_scanline * (size_t)width * 3);
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  *data = buffer;
  *size = buffer_size;
  return 0;
}

void ccodecs_free(uint8_t *data) {
  free(data);
}
