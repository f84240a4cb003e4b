#include "ccodecs.h"

void ccodecs_take_channels(
    const uint8_t *source, int source_channels, uint8_t *target, int channels, size_t count) {
  for (size_t i = 0; i < count; i++, source += source_channels, target += channels) {
    if (channels == 1) {
      target[0] =
          (uint8_t)((source[0] * 1868 + source[1] * 9617 + source[2] * 4899 + (1 << 13)) >> 14);
    } else {
      for (int c = 0; c < channels; c++) target[c] = source[c];
    }
  }
}
