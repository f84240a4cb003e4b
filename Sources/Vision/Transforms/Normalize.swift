internal import Annotations
internal import Configs
public import Tensors

/// Subtracts a mean and divides by a deviation per channel, after exchanging blue and red.
public struct Normalize: Transform {
  private let normalization: Normalization

  public func apply(
    to sample: inout Sample, generator: inout Generator
  ) throws(VisionError) {
    let image = try loadedImage(of: sample)
    guard image.channels == normalization.mean.count else {
      throw failure(
        on: sample,
        "\(normalization.mean.count) means for a picture of \(image.channels) channels")
    }
    sample.normalize(normalization)
    sample.meta.normalization = normalization
  }
}

extension Normalize {
  init(_ reader: inout ConfigReader) throws(ConfigError) {
    let mean: [Float] = try reader.read("mean")
    let deviation: [Float] = try reader.read("std")
    let toRGB: Bool = try reader.read("to_rgb", default: true)
    guard mean.count == deviation.count, !mean.isEmpty else {
      throw .invalidValue(
        path: reader.path.appending("std"),
        message: "must have as many values as mean (\(mean.count)), not \(deviation.count)")
    }
    guard deviation.allSatisfy({ $0 != 0 }) else {
      throw .invalidValue(path: reader.path.appending("std"), message: "must not be zero")
    }
    normalization = Normalization(mean: mean, deviation: deviation, toRGB: toRGB)
  }
}
