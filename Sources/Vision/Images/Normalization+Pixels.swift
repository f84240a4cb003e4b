internal import Annotations

extension Normalization {
  /// The normalised picture, with float samples.
  func applied(to image: Image) -> Image {
    let count = image.width * image.height * image.channels
    let floats = [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      write(image, to: buffer)
      initialized = count
    }
    return Image(
      width: image.width, height: image.height, channels: image.channels, floats: floats)
  }

  /// Writes the normalised samples, H·W·C, to uninitialised memory.
  ///
  /// The arithmetic is that of OpenCV, which upstream uses: the mean is subtracted in single
  /// precision, the reciprocal of the deviation multiplied in double.
  func write(_ image: Image, to target: UnsafeMutableBufferPointer<Float>) {
    let channels = image.channels
    precondition(
      mean.count == channels, "normalization of \(mean.count) channels, image has \(channels)")
    let scale = deviation.map { 1 / Double($0) }
    let exchanges = toRGB && channels == 3
    let source = (0..<channels).map { exchanges ? 2 - $0 : $0 }
    switch image.pixels {
    case .bytes(let bytes):
      // There are only 256 values a channel can have.
      let table = (0..<channels).flatMap { channel in
        (0..<256).map { Float(Double(Float($0) - mean[channel]) * scale[channel]) }
      }
      table.withUnsafeBufferPointer { table in
        bytes.withUnsafeBufferPointer { bytes in
          if channels == 3 {
            Self.lookUp(bytes, source, in: table, to: target)
          } else {
            for position in target.indices {
              let channel = position % channels
              let value = bytes[position - channel + source[channel]]
              target[position] = table[channel * 256 + Int(value)]
            }
          }
        }
      }
    case .floats(let floats):
      for position in target.indices {
        let channel = position % channels
        let value = floats[position - channel + source[channel]]
        target[position] = Float(Double(value - mean[channel]) * scale[channel])
      }
    }
  }

  /// Looks up three channels of every pixel.
  private static func lookUp(
    _ bytes: UnsafeBufferPointer<UInt8>, _ source: [Int], in table: UnsafeBufferPointer<Float>,
    to target: UnsafeMutableBufferPointer<Float>
  ) {
    let (first, second, third) = (source[0], source[1], source[2])
    var position = 0
    while position + 2 < target.count {
      target[position] = table[Int(bytes[position + first])]
      target[position + 1] = table[256 + Int(bytes[position + second])]
      target[position + 2] = table[512 + Int(bytes[position + third])]
      position += 3
    }
  }
}
