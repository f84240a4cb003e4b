internal import Annotations
internal import Tensors

extension Batch {
  /// Puts the images one after another; normalisation that is still due is done on the way.
  ///
  /// - Throws: ``VisionError/mixedShapes(first:firstShape:second:secondShape:)``, or an error for
  ///   a sample without an image.
  init(
    joining samples: [Sample], position: Position, by joining: BatchJoining = .refuse,
    standIns: [Int] = []
  ) throws(VisionError) {
    guard let first = samples.first else {
      throw .transformFailed(
        transform: "Pipeline", file: "(empty batch)", reason: "no image was loaded")
    }
    var annotations = samples.map(\.annotation)
    var views: [View] = []
    if first.views.isEmpty {
      let view = try ViewJoin(samples, by: joining)
      views.append(try view.joined())
      if case .pad(_, _, let label) = joining {
        for place in annotations.indices {
          annotations[place].extendSegmentation(to: view.extent, label: label)
        }
      }
    } else {
      for number in first.views.indices {
        let samples = try samples.map { sample throws(VisionError) in
          guard sample.views.count == first.views.count else {
            throw .mixedViews(
              first: first.meta.filename, firstCount: first.views.count,
              second: sample.meta.filename, secondCount: sample.views.count)
          }
          return sample.views[number]
        }
        views.append(try ViewJoin(samples, by: joining).joined())
      }
    }
    self.init(
      views: views, annotations: annotations, indices: samples.map(\.index), standIns: standIns,
      position: position)
  }
}

/// The samples of one view, and the extent that their images get.
private struct ViewJoin {
  let samples: [Sample]
  let channels: Int
  let extent: Extent
  let fill: Float
  private let divisor: Int

  init(_ samples: [Sample], by joining: BatchJoining) throws(VisionError) {
    var shapes: [[Int]] = []
    for sample in samples {
      guard let shape = sample.unnormalizedImage?.shape else {
        throw .transformFailed(
          transform: "Pipeline", file: sample.meta.filename, reason: "no image was loaded")
      }
      shapes.append(shape)
    }
    let first = shapes[0]
    for (sample, shape) in zip(samples, shapes) {
      if joining == .refuse ? shape == first : shape[2] == first[2] { continue }
      throw .mixedShapes(
        first: samples[0].meta.filename, firstShape: first, second: sample.meta.filename,
        secondShape: shape)
    }
    self.samples = samples
    channels = first[2]
    var (height, width) = (first[0], first[1])
    switch joining {
    case .refuse: (fill, divisor) = (0, 1)
    case .pad(let value, let sizeDivisor, _):
      precondition(sizeDivisor > 0, "a size divisor of \(sizeDivisor)")
      (fill, divisor) = (value, sizeDivisor)
      for shape in shapes { (height, width) = (max(height, shape[0]), max(width, shape[1])) }
    }
    extent = Extent(
      height: Self.rounded(height, divisor), width: Self.rounded(width, divisor))
  }

  private static func rounded(_ side: Int, _ divisor: Int) -> Int {
    (side + divisor - 1) / divisor * divisor
  }

  /// - Throws: when there is no memory for the pixels.
  func joined() throws(VisionError) -> Batch.View {
    let stride = extent.height * extent.width * channels
    let values: [Float]
    do {
      values = try PixelMemory.filled(stride * samples.count) { buffer throws(ImagingFailure) in
        for (place, sample) in samples.enumerated() {
          write(
            sample,
            to: UnsafeMutableBufferPointer(
              rebasing: buffer[place * stride..<(place + 1) * stride]))
        }
      }
    } catch {
      throw .noMemory(file: samples[0].meta.filename, reason: error.reason)
    }
    return Batch.View(
      pixels: PixelBatch(
        values: values, shape: [samples.count, channels, extent.height, extent.width]),
      metas: samples.map(meta))
  }

  private func write(_ sample: Sample, to target: UnsafeMutableBufferPointer<Float>) {
    guard let image = sample.unnormalizedImage else { return }
    guard image.height != extent.height || image.width != extent.width else {
      return sample.writePixels(to: target)
    }
    target.initialize(repeating: fill)
    let row = image.width * channels
    let pixels = [Float](unsafeUninitializedCapacity: image.height * row) { buffer, count in
      sample.writePixels(to: buffer)
      count = buffer.count
    }
    for y in 0..<image.height {
      let start = y * extent.width * channels
      for offset in 0..<row { target[start + offset] = pixels[y * row + offset] }
    }
  }

  /// The facts about an image, with the padding to the divisor that is its own. Padding to the
  /// size of the others is none of its own: anchors there belong to no image.
  private func meta(_ sample: Sample) -> ImageMeta {
    var meta = sample.meta
    guard divisor > 1 || meta.padShape.isEmpty, let image = sample.unnormalizedImage else {
      return meta
    }
    meta.padShape = [
      Self.rounded(image.height, divisor), Self.rounded(image.width, divisor), channels,
    ]
    return meta
  }
}

extension ImageAnnotation {
  /// Pads the label map at the right and at the bottom.
  fileprivate mutating func extendSegmentation(to extent: Extent, label: Int) {
    guard let map = segmentation else { return }
    segmentation = map.padded(
      Margins(
        right: max(extent.width - map.width, 0), bottom: max(extent.height - map.height, 0)),
      label: label)
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
