internal import Annotations
internal import Configs
public import Tensors

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Foundation
#endif

/// Covers a random rectangle of random area; Zhong et al., "Random erasing data augmentation"
/// (2017).
public struct RandomErasing: Transform {
  private let probability: Double
  /// The covered area, relative to the picture.
  private let area: ClosedRange<Double>
  /// Height over width of the rectangle.
  private let aspect: ClosedRange<Double>
  private let mode: Mode
  private let color: [Double]
  /// For ``Mode/rand``: the deviation of a normal distribution, else uniform noise.
  private let deviation: [Double]?

  private enum Mode: String, CaseIterable { case const, rand }

  public func apply(
    to sample: inout Sample, generator: inout Generator
  ) throws(VisionError) {
    if generator.uniform() > probability { return }
    try modifyImage(of: &sample) { image in
      let ratio = exp(generator.uniform(log(aspect.lowerBound), log(aspect.upperBound)))
      let covered =
        Double(image.width * image.height)
        * generator.uniform(area.lowerBound, area.upperBound)
      let height = min(
        Int((covered * ratio).squareRoot().rounded(.toNearestOrEven)), image.height)
      let width = min(Int((covered / ratio).squareRoot().rounded(.toNearestOrEven)), image.width)
      let y = image.height > height ? generator.integer(below: image.height - height) : 0
      let x = image.width > width ? generator.integer(below: image.width - width) : 0
      image.fill(Region(x: x, y: y, width: width, height: height)) { channel in
        let channel = min(channel, 2)
        switch mode {
        case .const: return color[channel]
        case .rand:
          guard let deviation else { return generator.uniform(0, 256) }
          return color[channel] + deviation[channel] * generator.normal()
        }
      }
    }
  }
}

extension RandomErasing {
  init(_ reader: inout ConfigReader) throws(ConfigError) {
    probability = try reader.readProbability("erase_prob", default: 0.5)
    let least = try reader.readProbability("min_area_ratio", default: 0.02)
    let most = try reader.readProbability("max_area_ratio", default: 0.4)
    guard least <= most else {
      throw .invalidValue(
        path: reader.path.appending("min_area_ratio"),
        message: "must not be greater than max_area_ratio")
    }
    area = least...most
    // One number stands for itself and its reciprocal.
    let bounds = try reader.readNumbers("aspect_range", count: 2, default: [3.0 / 10, 10.0 / 3])
    guard bounds[0] > 0, bounds[0] <= bounds[1] else {
      throw .invalidValue(
        path: reader.path.appending("aspect_range"),
        message: "must be positive, and a pair (min, max) with min <= max")
    }
    aspect =
      bounds[0] == bounds[1]
      ? min(bounds[0], 1 / bounds[0])...max(bounds[0], 1 / bounds[0]) : bounds[0]...bounds[1]
    mode = try reader.readName("mode", default: .const)
    color = try reader.readNumbers("fill_color", count: 3, default: [128, 128, 128])
    let deviation = try reader.readNumbers("fill_std", count: 3, default: [])
    self.deviation = deviation.isEmpty ? nil : deviation
  }
}
