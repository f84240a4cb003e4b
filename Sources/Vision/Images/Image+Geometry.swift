internal import Annotations

extension Image {
  var extent: Extent { Extent(height: height, width: width) }

  /// The part inside `region`, which must lie in the picture.
  func cropped(to region: Region) -> Image {
    precondition(
      region.x >= 0 && region.y >= 0 && region.width > 0 && region.height > 0
        && region.x + region.width <= width && region.y + region.height <= height,
      "\(region) does not lie in a picture of \(width)x\(height)")
    if region.width == width, region.height == height { return self }
    func rows<Value: BitwiseCopyable>(of values: [Value]) -> [Value] {
      var result: [Value] = []
      result.reserveCapacity(region.width * region.height * channels)
      for y in region.y..<(region.y + region.height) {
        let start = (y * width + region.x) * channels
        result.append(contentsOf: values[start..<(start + region.width * channels)])
      }
      return result
    }
    return switch pixels {
    case .bytes(let bytes):
      Image(
        width: region.width, height: region.height, channels: channels, bytes: rows(of: bytes))
    case .floats(let floats):
      Image(
        width: region.width, height: region.height, channels: channels, floats: rows(of: floats))
    }
  }

  /// Mirrors the picture in place.
  mutating func flip(_ direction: FlipDirection) {
    let (width, height, channels) = (width, height, channels)
    func flip<Value>(_ values: UnsafeMutableBufferPointer<Value>) {
      if direction.mirrorsColumns {
        for y in 0..<height {
          var left = y * width * channels
          var right = left + (width - 1) * channels
          while left < right {
            for channel in 0..<channels { values.swapAt(left + channel, right + channel) }
            left += channels
            right -= channels
          }
        }
      }
      if direction.mirrorsRows {
        let row = width * channels
        for y in 0..<(height / 2) {
          let other = (height - 1 - y) * row
          for offset in 0..<row { values.swapAt(y * row + offset, other + offset) }
        }
      }
    }
    mutateBytes(flip)
    mutateFloats(flip)
  }

  /// The image with rows and columns exchanged.
  func transposed() throws(ImagingFailure) -> Image {
    guard case .bytes(let bytes) = pixels else { return self }
    let result = try PixelMemory.filled(bytes.count, of: UInt8.self) {
      result throws(ImagingFailure) in
      for y in 0..<height {
        for x in 0..<width {
          for channel in 0..<channels {
            result[(x * height + y) * channels + channel] =
              bytes[(y * width + x) * channels + channel]
          }
        }
      }
    }
    return Image(width: height, height: width, channels: channels, bytes: result)
  }

  /// The image as it is to be seen.
  func upright(from orientation: ExifOrientation) throws(ImagingFailure) -> Image {
    var image = self
    switch orientation {
    case .upright, .mirrored, .upsideDown, .flipped: break
    case .transposed, .turnedLeft, .antitransposed, .turnedRight: image = try transposed()
    }
    switch orientation {
    case .upright, .transposed: break
    case .mirrored, .turnedLeft: image.flip(.horizontal)
    case .flipped, .turnedRight: image.flip(.vertical)
    case .upsideDown, .antitransposed:
      image.flip(.horizontal)
      image.flip(.vertical)
    }
    return image
  }
}
