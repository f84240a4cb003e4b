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
      let tables = (0..<channels).map { channel in
        (0..<256).map { Float(Double(Float($0) - mean[channel]) * scale[channel]) }
      }
      bytes.withUnsafeBufferPointer { bytes in
        for channel in 0..<channels {
          tables[channel].withUnsafeBufferPointer { table in
            var position = channel
            var origin = source[channel]
            while position < target.count {
              target[position] = table[Int(bytes[origin])]
              position += channels
              origin += channels
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
}
