internal import Annotations

extension Image {
  /// Writes values into a rectangle; values are cut to 8 bits where the picture is 8-bit.
  ///
  /// - Parameter value: the value of a channel, asked for every pixel.
  mutating func fill(_ region: Region, _ value: (_ channel: Int) -> Double) {
    let (width, channels) = (width, channels)
    func visit(_ body: (_ position: Int, _ channel: Int) -> Void) {
      for y in region.y..<(region.y + region.height) {
        for x in region.x..<(region.x + region.width) {
          for channel in 0..<channels { body((y * width + x) * channels + channel, channel) }
        }
      }
    }
    mutateBytes { bytes in
      visit { bytes[$0] = UInt8(max(0, min(255, value($1)))) }
    }
    mutateFloats { floats in
      visit { floats[$0] = Float(value($1)) }
    }
  }
}
