internal import Annotations
internal import Configs
public import Tensors

/// Takes the colours out of the picture with a probability.
public struct RandomGrayscale: Transform {
  private let probability: Double

  public func apply(
    to sample: inout Sample, generator: inout Generator
  ) throws(VisionError) {
    guard generator.uniform() < probability else { return }
    try modifyImage(of: &sample) { image throws(ImagingFailure) in
      // Upstream weighs the channels as if they were red, green, blue.
      if image.channels == 3 { try image.makeGray(isRGB: true) }
    }
  }
}

extension RandomGrayscale {
  init(_ reader: inout ConfigReader) throws(ConfigError) {
    probability = try reader.readProbability("gray_prob", default: 0.1)
  }
}
