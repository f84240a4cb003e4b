internal import Annotations

extension Image {
  /// A part of the picture (all of it when `region` is nil), scaled.
  func resized(
    width: Int, height: Int, region: Region? = nil, interpolation: Interpolation,
    backend: ResizeBackend
  ) throws(ImagingFailure) -> Image {
    if let region, region.width <= 0 || region.height <= 0 {
      throw ImagingFailure(reason: "the part to be scaled is empty")
    }
    try Self.checkSize(width: width, height: height)
    switch backend {
    case .cv2:
      return try resizedByOpenCV(
        width: width, height: height, region: region, interpolation: interpolation)
    case .pillow:
      guard let bytes else {
        throw ImagingFailure(reason: "the pillow backend scales 8-bit pictures only")
      }
      let area = region ?? Region(x: 0, y: 0, width: self.width, height: self.height)
      return PillowResampling(
        bytes: bytes, width: self.width, channels: channels, region: area,
        interpolation: interpolation
      ).resized(width: width, height: height)
    }
  }
}
