internal import Tensors

extension Batch {
  /// Puts the pictures one after another; normalisation that is still due is done on the way.
  ///
  /// - Throws: ``VisionError/mixedShapes(first:firstShape:second:secondShape:)``, or an error for
  ///   a sample without a picture.
  init(joining samples: [Sample], position: Position) throws(VisionError) {
    guard let first = samples.first, let shape = first.unnormalizedImage?.shape else {
      throw .transformFailed(
        transform: "Pipeline", file: samples.first?.meta.filename ?? "(empty batch)",
        reason: "no picture was loaded")
    }
    for sample in samples where sample.unnormalizedImage?.shape != shape {
      throw .mixedShapes(
        first: first.meta.filename, firstShape: shape, second: sample.meta.filename,
        secondShape: sample.unnormalizedImage?.shape ?? [])
    }
    let stride = shape[0] * shape[1] * shape[2]
    let images = [Float](unsafeUninitializedCapacity: stride * samples.count) { buffer, count in
      for (place, sample) in samples.enumerated() {
        let target = UnsafeMutableBufferPointer(
          rebasing: buffer[place * stride..<(place + 1) * stride])
        sample.writePixels(to: target)
      }
      count = stride * samples.count
    }
    let labels = samples.compactMap(\.label)
    self.init(
      images: images, shape: [samples.count, shape[2], shape[0], shape[1]],
      labels: labels.count == samples.count ? labels : [], indices: samples.map(\.index),
      metas: samples.map(\.meta), position: position)
  }
}

extension Sample {
  /// Writes the normalised pixels, H·W·C, to uninitialised memory.
  fileprivate func writePixels(to target: UnsafeMutableBufferPointer<Float>) {
    guard let image = unnormalizedImage else { return }
    if let normalization {
      normalization.write(image, to: target)
    } else if let bytes = image.bytes {
      for index in target.indices { target[index] = Float(bytes[index]) }
    } else {
      _ = target.initialize(from: image.floats)
    }
  }
}
