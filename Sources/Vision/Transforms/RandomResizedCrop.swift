internal import Annotations
internal import Configs
public import Tensors

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Foundation
#endif

/// Cuts out a part of random area and proportions and scales it to a size; the usual training
/// augmentation of Szegedy et al., "Going deeper with convolutions" (2015).
public struct RandomResizedCrop: Transform {
  private let height: Int
  private let width: Int
  /// The area of the part, relative to the picture.
  private let scale: ClosedRange<Double>
  /// Width over height of the part.
  private let ratio: ClosedRange<Double>
  private let attempts: Int
  private let efficientNet: EfficientNet?
  private let interpolation: Interpolation
  private let backend: ResizeBackend

  private struct EfficientNet {
    let minimumCovered: Double
    let padding: Double
  }

  public func apply(
    to sample: inout Sample, generator: inout Generator
  ) throws(VisionError) {
    let image = try loadedImage(of: sample)
    let region =
      efficientNet.map { efficientNetRegion(in: image, style: $0, generator: &generator) }
      ?? region(in: image, generator: &generator)
    try crop(&sample, to: region)
  }

  /// Cuts out a part and scales it.
  func crop(_ sample: inout Sample, to region: Region) throws(VisionError) {
    try replaceImage(of: &sample) { image throws(ImagingFailure) in
      try image.resized(
        width: width, height: height, region: region, interpolation: interpolation,
        backend: backend)
    }
    sample.annotation.crop(to: region)
    sample.noteResize(from: region.extent, to: Extent(height: height, width: width))
  }

  private func region(in image: Image, generator: inout Generator) -> Region {
    let area = Double(image.width * image.height)
    for _ in 0..<attempts {
      let target = generator.uniform(scale.lowerBound, scale.upperBound) * area
      let aspect = exp(generator.uniform(log(ratio.lowerBound), log(ratio.upperBound)))
      let width = Int((target * aspect).squareRoot().rounded(.toNearestOrEven))
      let height = Int((target / aspect).squareRoot().rounded(.toNearestOrEven))
      if 0 < width, width <= image.width, 0 < height, height <= image.height {
        return place(width: width, height: height, in: image, generator: &generator)
      }
    }
    return fallback(in: image)
  }

  private func place(
    width: Int, height: Int, in image: Image, generator: inout Generator
  ) -> Region {
    let y = generator.integer(below: image.height - height + 1)
    let x = generator.integer(below: image.width - width + 1)
    return Region(x: x, y: y, width: width, height: height)
  }

  /// The largest part in the middle whose proportions are allowed.
  func fallback(in image: Image) -> Region {
    var (width, height) = (image.width, image.height)
    let own = Double(width) / Double(height)
    if own < ratio.lowerBound {
      height = Int((Double(width) / ratio.lowerBound).rounded(.toNearestOrEven))
    } else if own > ratio.upperBound {
      width = Int((Double(height) * ratio.upperBound).rounded(.toNearestOrEven))
    }
    let (x, y) = ((image.width - width) / 2, (image.height - height) / 2)
    return Region(
      left: x, top: y, right: x + max(width, 1) - 1, bottom: y + max(height, 1) - 1, in: image)
  }

  private func efficientNetRegion(
    in image: Image, style: EfficientNet, generator: inout Generator
  ) -> Region {
    let area = Double(image.width * image.height)
    let (least, most) = (scale.lowerBound * area, scale.upperBound * area)
    for _ in 0..<attempts {
      let aspect = generator.uniform(ratio.lowerBound, ratio.upperBound)
      var lowest = Int((least / aspect).squareRoot().rounded(.toNearestOrEven))
      var highest = Int((most / aspect).squareRoot().rounded(.toNearestOrEven))
      if Double(highest) * aspect > Double(image.width) {
        highest = Int((Double(image.width) + 0.5 - 1e-7) / aspect)
        if Double(highest) * aspect > Double(image.width) { highest -= 1 }
      }
      highest = min(highest, image.height)
      lowest = min(highest, lowest)
      let height = Int(
        generator.uniform(Double(lowest), Double(highest)).rounded(.toNearestOrEven))
      let width = Int((Double(height) * aspect).rounded(.toNearestOrEven))
      let target = Double(height * width)
      guard target >= least, target <= most, width <= image.width, height <= image.height,
        target >= style.minimumCovered * area, width > 0, height > 0
      else { continue }
      return place(width: width, height: height, in: image, generator: &generator)
    }
    let size =
      Double(height) / (Double(height) + style.padding) * Double(min(image.width, image.height))
    func bounds(_ extent: Int) -> (Int, Int) {
      let start = max(0, ((Double(extent) - size) / 2).rounded(.toNearestOrEven))
      return (Int(start), Int(min(Double(extent), start + size) - 1))
    }
    let (top, bottom) = bounds(image.height)
    let (left, right) = bounds(image.width)
    return Region(left: left, top: top, right: right, bottom: bottom, in: image)
  }
}

extension RandomResizedCrop {
  init(_ reader: inout ConfigReader) throws(ConfigError) {
    (height, width) = try reader.readSize("size")
    scale = try reader.readRange("scale", default: 0.08...1)
    ratio = try reader.readRange("ratio", default: 3.0 / 4...4.0 / 3)
    attempts = try reader.read("max_attempts", default: 10)
    let isEfficientNet: Bool = try reader.read("efficientnet_style", default: false)
    let minimumCovered: Double = try reader.read("min_covered", default: 0.1)
    let padding: Double = try reader.read("crop_padding", default: 32)
    (interpolation, backend) = try reader.readResizing()
    efficientNet =
      isEfficientNet ? EfficientNet(minimumCovered: minimumCovered, padding: padding) : nil

    func require(
      _ condition: Bool, _ key: String, _ message: String
    ) throws(ConfigError) {
      if !condition { throw .invalidValue(path: reader.path.appending(key), message: message) }
    }
    try require(
      scale.lowerBound >= 0 && scale.upperBound <= 1e6, "scale", "must lie between 0 and 1e6")
    try require(
      ratio.lowerBound >= 1e-6 && ratio.upperBound <= 1e6, "ratio",
      "must lie between 1e-6 and 1e6")
    try require(attempts >= 0, "max_attempts", "must not be negative")
    try require(minimumCovered >= 0, "min_covered", "must not be negative")
    try require(padding >= 0, "crop_padding", "must not be negative")
    try require(!isEfficientNet || height == width, "size", "must be one number for this style")
  }
}
