#include "cimaging.h"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace {

// Loader threads are the parallelism; OpenCV must not start its own.
void keep_single_threaded() {
  static const bool done = (cv::setNumThreads(0), true);
  (void)done;
}

cv::Mat matrix(const cimaging_picture &picture) {
  const int depth = picture.type == CIMAGING_FLOAT32 ? CV_32F : CV_8U;
  return cv::Mat(
      picture.height, picture.width, CV_MAKETYPE(depth, picture.channels), picture.pixels,
      picture.stride);
}

int interpolation_code(int interpolation) {
  switch (interpolation) {
    case CIMAGING_NEAREST: return cv::INTER_NEAREST;
    case CIMAGING_BICUBIC: return cv::INTER_CUBIC;
    case CIMAGING_AREA: return cv::INTER_AREA;
    case CIMAGING_LANCZOS: return cv::INTER_LANCZOS4;
    default: return cv::INTER_LINEAR;
  }
}

int border_code(int border) {
  switch (border) {
    case CIMAGING_BORDER_EDGE: return cv::BORDER_REPLICATE;
    case CIMAGING_BORDER_REFLECT: return cv::BORDER_REFLECT_101;
    case CIMAGING_BORDER_SYMMETRIC: return cv::BORDER_REFLECT;
    default: return cv::BORDER_CONSTANT;
  }
}

// Runs `body` on matrices over the caller's memory and turns exceptions into a message.
template <typename Body>
int guarded(char *message, size_t message_size, Body body) {
  try {
    keep_single_threaded();
    body();
    return 0;
  } catch (const std::exception &error) {
    std::snprintf(message, message_size, "%s", error.what());
  } catch (...) {
    std::snprintf(message, message_size, "unknown error");
  }
  return -1;
}

// OpenCV reallocates a result whose size or type it disagrees with; then ours was not written.
void require_same_memory(const cv::Mat &result, const cimaging_picture &target) {
  if (result.data != target.pixels) {
    CV_Error(cv::Error::StsUnmatchedSizes, "the result does not fit its memory");
  }
}

}  // namespace

extern "C" int cimaging_resize(
    const cimaging_picture *source, const cimaging_picture *target, int interpolation,
    char *message, size_t message_size) {
  return guarded(message, message_size, [&] {
    cv::Mat result = matrix(*target);
    cv::resize(
        matrix(*source), result, result.size(), 0, 0, interpolation_code(interpolation));
    require_same_memory(result, *target);
  });
}

extern "C" int cimaging_pad(
    const cimaging_picture *source, const cimaging_picture *target, int32_t left, int32_t top,
    int border, const double *value, char *message, size_t message_size) {
  return guarded(message, message_size, [&] {
    cv::Mat result = matrix(*target);
    const int right = target->width - source->width - left;
    const int bottom = target->height - source->height - top;
    cv::copyMakeBorder(
        matrix(*source), result, top, bottom, left, right,
        border_code(border) | cv::BORDER_ISOLATED,
        cv::Scalar(value[0], value[1], value[2], value[3]));
    require_same_memory(result, *target);
  });
}

extern "C" int cimaging_make_gray(
    const cimaging_picture *picture, int is_rgb, char *message, size_t message_size) {
  return guarded(message, message_size, [&] {
    cv::Mat result = matrix(*picture);
    cv::Mat gray;
    cv::cvtColor(result, gray, is_rgb ? cv::COLOR_RGB2GRAY : cv::COLOR_BGR2GRAY);
    cv::cvtColor(gray, result, cv::COLOR_GRAY2BGR);
    require_same_memory(result, *picture);
  });
}

extern "C" int cimaging_gray_mean(
    const cimaging_picture *picture, double *mean, char *message, size_t message_size) {
  return guarded(message, message_size, [&] {
    cv::Mat gray;
    cv::cvtColor(matrix(*picture), gray, cv::COLOR_BGR2GRAY);
    const double sum = cv::sum(gray)[0];
    double count = static_cast<double>(gray.total());
    if (gray.depth() == CV_32F) {
      cv::Mat in_range;
      cv::inRange(gray, 0, 255, in_range);
      count = cv::countNonZero(in_range);
    }
    *mean = sum / count;
  });
}

extern "C" int cimaging_blend_with_constant(
    const cimaging_picture *picture, double factor, double anchor, char *message,
    size_t message_size) {
  return guarded(message, message_size, [&] {
    cv::Mat result = matrix(*picture);
    if (result.depth() == CV_32F) {
      cv::Mat constant(result.size(), result.type(), cv::Scalar::all(anchor));
      cv::addWeighted(result, factor, constant, 1 - factor, 0, result);
      cv::max(result, 0.0, result);
      cv::min(result, 255.0, result);
      require_same_memory(result, *picture);
      return;
    }
    // An 8-bit pixel has 256 values: compute each once.
    cv::Mat values(1, 256, CV_32F);
    for (int value = 0; value < 256; value++) values.at<float>(value) = static_cast<float>(value);
    const cv::Mat constant(1, 256, CV_32F, cv::Scalar::all(anchor));
    cv::addWeighted(values, factor, constant, 1 - factor, 0, values);
    cv::Mat table(1, 256, CV_8U);
    for (int value = 0; value < 256; value++) {
      const float blended = std::min(std::max(values.at<float>(value), 0.0f), 255.0f);
      table.at<uint8_t>(value) = static_cast<uint8_t>(blended);
    }
    cv::LUT(result, table, result);
    require_same_memory(result, *picture);
  });
}

extern "C" int cimaging_blend_with_gray(
    const cimaging_picture *picture, double alpha, char *message, size_t message_size) {
  return guarded(message, message_size, [&] {
    cv::Mat result = matrix(*picture);
    cv::Mat gray;
    cv::Mat spread;
    cv::cvtColor(result, gray, cv::COLOR_BGR2GRAY);
    cv::cvtColor(gray, spread, cv::COLOR_GRAY2BGR);
    cv::addWeighted(result, alpha, spread, 1 - alpha, 0, result);
    if (result.depth() == CV_32F) {
      cv::max(result, 0.0, result);
      cv::min(result, 255.0, result);
    }
    require_same_memory(result, *picture);
  });
}

int cimaging_draw_text(
    const cimaging_picture *picture, const char *text, int32_t left, int32_t baseline,
    double scale, const double *color, int32_t thickness, char *message, size_t message_size) {
  return guarded(message, message_size, [&] {
    cv::Mat target = matrix(*picture);
    cv::putText(
        target, text, cv::Point(left, baseline), cv::FONT_HERSHEY_DUPLEX, scale,
        cv::Scalar(color[0], color[1], color[2]), thickness, cv::LINE_AA);
  });
}
