internal import Annotations
internal import Configs
public import Tensors

/// One change of colours by a factor `1 ± magnitude`: upstream's `Brightness`, `Contrast` and
/// `ColorTransform`.
public struct ColorStep: Transform {
  private let kind: Kind
  private let magnitude: Double
  private let probability: Double
  private let negativeProbability: Double

  /// What the factor is applied to.
  enum Kind: String {
    case brightness = "Brightness"
    case contrast = "Contrast"
    /// Saturation.
    case color = "ColorTransform"
  }

  init(
    kind: Kind, magnitude: Double, probability: Double = 1, negativeProbability: Double = 0.5
  ) {
    self.kind = kind
    self.magnitude = magnitude
    self.probability = probability
    self.negativeProbability = negativeProbability
  }

  public var name: String { kind.rawValue }

  public func apply(
    to sample: inout Sample, generator: inout Generator
  ) throws(VisionError) {
    if probability < 1, generator.uniform() >= probability { return }
    let factor = 1 + (generator.uniform() < negativeProbability ? -magnitude : magnitude)
    try modifyImage(of: &sample) { image throws(ImagingFailure) in
      guard image.channels == 3 else {
        throw ImagingFailure(reason: "needs a colour picture, this has \(image.channels) channels")
      }
      switch kind {
      case .brightness: try image.adjustBrightness(factor: factor)
      case .contrast: try image.adjustContrast(factor: factor)
      case .color: try image.adjustColor(factor: factor)
      }
    }
  }
}

extension ColorStep {
  init(_ reader: inout ConfigReader, kind: Kind) throws(ConfigError) {
    self.init(
      kind: kind, magnitude: try reader.read("magnitude"),
      probability: try reader.readProbability("prob", default: 0.5),
      negativeProbability: try reader.readProbability("random_negative_prob", default: 0.5))
  }
}
