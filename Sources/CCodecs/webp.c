#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <webp/decode.h>
#include <webp/demux.h>

#include "ccodecs.h"

static const char *reason(VP8StatusCode status) {
  switch (status) {
    case VP8_STATUS_OUT_OF_MEMORY: return "out of memory";
    case VP8_STATUS_UNSUPPORTED_FEATURE: return "a feature that libwebp does not know";
    case VP8_STATUS_NOT_ENOUGH_DATA: return "the file is cut short";
    default: return "its data is damaged";
  }
}

static int fail(const char *text, char *message, size_t message_size) {
  snprintf(message, message_size, "%s", text);
  return -1;
}

int ccodecs_webp_inspect(
    const uint8_t *data, size_t size, int mode, ccodecs_image_info *picture, char *message,
    size_t message_size) {
  WebPBitstreamFeatures features;
  VP8StatusCode status = WebPGetFeatures(data, size, &features);
  if (status != VP8_STATUS_OK) return fail(reason(status), message, message_size);
  picture->width = features.width;
  picture->height = features.height;
  picture->channels = mode == CCODECS_GRAY ? 1 : 3;
  if (mode == CCODECS_UNCHANGED && features.has_alpha) picture->channels = 4;
  picture->depth = 8;
  picture->orientation = 0;
  return 0;
}

// The first image of an animation, on its canvas, as BGRA.
static int decode_animation(
    const uint8_t *data, size_t size, uint8_t *bgra, size_t bgra_size, char *message,
    size_t message_size) {
  WebPAnimDecoderOptions options;
  if (!WebPAnimDecoderOptionsInit(&options)) return fail("no memory", message, message_size);
  options.color_mode = MODE_BGRA;
  WebPData file = {data, size};
  WebPAnimDecoder *decoder = WebPAnimDecoderNew(&file, &options);
  if (decoder == NULL) return fail("its data is damaged", message, message_size);
  WebPAnimInfo info;
  uint8_t *frame = NULL;
  int time = 0;
  int is_read = WebPAnimDecoderGetInfo(decoder, &info) &&
                (size_t)info.canvas_width * info.canvas_height * 4 == bgra_size &&
                WebPAnimDecoderGetNext(decoder, &frame, &time);
  if (is_read) memcpy(bgra, frame, bgra_size);
  WebPAnimDecoderDelete(decoder);
  return is_read ? 0 : fail("its data is damaged", message, message_size);
}

// OpenCV makes these grey by its general conversion, which rounds otherwise than its decoders.
static void to_gray(const uint8_t *source, int channels, uint8_t *gray, size_t count) {
  for (size_t i = 0; i < count; i++, source += channels) {
    gray[i] = (uint8_t)((source[0] * 3735 + source[1] * 19235 + source[2] * 9798 + (1 << 14)) >> 15);
  }
}

int ccodecs_webp_decode(
    const uint8_t *data, size_t size, int mode, uint8_t *pixels, size_t pixels_size, char *message,
    size_t message_size) {
  WebPDecoderConfig config;
  if (!WebPInitDecoderConfig(&config)) return fail("no memory", message, message_size);
  VP8StatusCode status = WebPGetFeatures(data, size, &config.input);
  if (status != VP8_STATUS_OK) return fail(reason(status), message, message_size);
  size_t count = (size_t)config.input.width * (size_t)config.input.height;
  int has_alpha = config.input.has_alpha;
  int channels = mode == CCODECS_GRAY ? 1 : mode == CCODECS_UNCHANGED && has_alpha ? 4 : 3;
  if (count * (size_t)channels != pixels_size) {
    return fail("the image changed its size between two readings", message, message_size);
  }
  // Colour is dropped from, and alpha cut off, what is decoded in full, as OpenCV does it.
  int decoded = has_alpha || config.input.has_animation ? 4 : 3;
  uint8_t *target = decoded == channels ? pixels : malloc(count * (size_t)decoded);
  if (target == NULL) return fail("out of memory", message, message_size);
  int result = 0;
  if (config.input.has_animation) {
    result = decode_animation(data, size, target, count * 4, message, message_size);
  } else {
    config.output.colorspace = decoded == 4 ? MODE_BGRA : MODE_BGR;
    config.output.is_external_memory = 1;
    config.output.u.RGBA.rgba = target;
    config.output.u.RGBA.stride = config.input.width * decoded;
    config.output.u.RGBA.size = count * (size_t)decoded;
    status = WebPDecode(data, size, &config);
    WebPFreeDecBuffer(&config.output);
    if (status != VP8_STATUS_OK) result = fail(reason(status), message, message_size);
  }
  if (target != pixels) {
    if (result == 0 && channels == 1) {
      to_gray(target, decoded, pixels, count);
    } else if (result == 0) {
      ccodecs_take_channels(target, decoded, pixels, channels, count);
    }
    free(target);
  }
  return result;
}
