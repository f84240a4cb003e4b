internal import Annotations
internal import Configs
public import Tensors

/// Mirrors the image, and what is known of its places, with a probability.
public struct RandomFlip: Transform {
  private let probability: Double
  private let direction: FlipDirection

  public func apply(
    to sample: inout Sample, generator: inout Generator
  ) throws(VisionError) {
    let flips: Bool
    let direction: FlipDirection
    if let request = sample.request {
      (flips, direction) = (request.flip != nil, request.flip ?? self.direction)
    } else {
      (flips, direction) = (generator.uniform() < probability, self.direction)
    }
    sample.meta.flip = flips
    sample.meta.flipDirection = direction
    guard flips else { return }
    try modifyImage(of: &sample) { image in
      image.flip(direction)
    }
    sample.flipAnnotation(direction)
  }
}

extension RandomFlip {
  init(_ reader: inout ConfigReader) throws(ConfigError) {
    probability = try reader.readProbability("flip_prob", default: 0.5)
    direction = try reader.readName(
      "direction", default: .horizontal, among: [.horizontal, .vertical])
  }
}
