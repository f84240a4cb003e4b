internal import Annotations
internal import Configs
public import Tensors

/// Shows a sample in several sizes, each also mirrored: for each scale first the plain view, then
/// the mirrored ones. The transforms inside see a ``ViewRequest``.
public struct MultiScaleFlipAug: Transform {
  private let pipeline: Pipeline
  private let requests: [ViewRequest]

  public func apply(
    to sample: inout Sample, generator: inout Generator
  ) throws(VisionError) {
    var views: [Sample] = []
    for request in requests {
      var view = sample
      view.request = request
      views.append(try pipeline(view, generator: &generator))
    }
    sample.views = views
    sample.image = nil
  }
}

extension MultiScaleFlipAug {
  init(_ reader: inout ConfigReader, _ context: VisionContext) throws {
    let path = reader.path
    let transforms: [Config] = try reader.read("transforms")
    pipeline = try Pipeline(
      transforms, path: path.appending("transforms"), scope: reader.scope, context: context)
    let scales = try Self.readScales(&reader)
    let flips: Bool = try reader.read("flip", default: false)
    let directions = try (reader.readNames("flip_direction") ?? ["horizontal"]).map { name in
      guard let direction = FlipDirection(rawValue: name) else {
        throw ConfigError.invalidValue(
          path: path.appending("flip_direction"),
          message: "must be one of \(FlipDirection.allCases.map(\.rawValue)), not '\(name)'")
      }
      return direction
    }
    requests = scales.flatMap { scale in
      [scale]
        + (flips ? directions : []).map {
          ViewRequest(scale: scale.scale, ratio: scale.ratio, flip: $0)
        }
    }
  }

  /// Reads `img_scale`, one pair `(width, height)` or several; or factors, of the one scale or of
  /// the loaded image.
  private static func readScales(_ reader: inout ConfigReader) throws -> [ViewRequest] {
    let path = reader.path
    let factors = try readFactors("scale_factor", &reader)
    let ratios = try readFactors("img_ratios", &reader)
    var scales: [Extent] = []
    if let config: Config = try reader.readIfPresent("img_scale") {
      let place = path.appending("img_scale")
      let isList = config.items?.first?.items != nil
      for pair in isList
        ? try [[Int]](config: config, path: place)
        : [try [Int](config: config, path: place)]
      {
        guard pair.count == 2, pair.allSatisfy({ $0 > 0 }) else {
          throw ConfigError.invalidValue(
            path: place, message: "must be pairs (width, height) of numbers of pixels")
        }
        scales.append(Extent(height: pair[1], width: pair[0]))
      }
    }
    guard let ratios = ratios ?? factors else {
      guard !scales.isEmpty else {
        throw ConfigError.missingKey(path: path, key: "img_scale")
      }
      return scales.map { ViewRequest(scale: $0) }
    }
    guard scales.count <= 1 else {
      throw ConfigError.invalidValue(
        path: path.appending("img_scale"), message: "must be one pair beside factors")
    }
    return ratios.map { ratio in
      guard let scale = scales.first else { return ViewRequest(ratio: ratio) }
      return ViewRequest(
        scale: Extent(
          height: Int(Double(scale.height) * ratio), width: Int(Double(scale.width) * ratio)))
    }
  }

  private static func readFactors(
    _ key: String, _ reader: inout ConfigReader
  ) throws(ConfigError) -> [Double]? {
    guard let config: Config = try reader.readIfPresent(key) else { return nil }
    let path = reader.path.appending(key)
    let factors =
      config.items == nil
      ? [try Double(config: config, path: path)] : try [Double](config: config, path: path)
    guard !factors.isEmpty, factors.allSatisfy({ $0 > 0 && $0.isFinite }) else {
      throw .invalidValue(path: path, message: "must be positive")
    }
    return factors
  }
}
