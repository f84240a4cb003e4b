internal import Annotations
internal import Configs
public import Tensors

/// Changes brightness, contrast and saturation by random factors, in random order.
///
/// Each factor is `1 ± m` with `m` uniform between 0 and the parameter.
public struct ColorJitter: Transform {
  private let brightness: Double
  private let contrast: Double
  private let saturation: Double

  public func apply(
    to sample: inout Sample, generator: inout Generator
  ) throws(VisionError) {
    let steps: [ColorStep] = [
      ColorStep(kind: .brightness, magnitude: generator.uniform(0, brightness)),
      ColorStep(kind: .contrast, magnitude: generator.uniform(0, contrast)),
      ColorStep(kind: .color, magnitude: generator.uniform(0, saturation)),
    ]
    for step in steps.shuffled(using: &generator) {
      try step.apply(to: &sample, generator: &generator)
    }
  }
}

extension ColorJitter {
  init(_ reader: inout ConfigReader) throws(ConfigError) {
    brightness = try reader.read("brightness")
    contrast = try reader.read("contrast")
    saturation = try reader.read("saturation")
  }
}
