internal import Annotations
internal import Configs
public import Tensors

/// Covers a random rectangle; DeVries & Taylor, "Improved regularization of convolutional neural
/// networks with Cutout" (2017).
public struct Cutout: Transform {
  private let height: Int
  private let width: Int
  private let value: [Double]
  private let probability: Double

  public func apply(
    to sample: inout Sample, generator: inout Generator
  ) throws(VisionError) {
    if probability < 1, generator.uniform() >= probability { return }
    try modifyImage(of: &sample) { image in
      // Upstream draws the centre between 1 and the extent.
      func start(_ extent: Int, _ size: Int) -> Int {
        let center = generator.uniform(1, Double(extent))
        return Int(max(0, center - Double(size) / 2))
      }
      let y = start(image.height, height)
      let x = start(image.width, width)
      let region = Region(
        x: x, y: y, width: min(image.width, x + width) - x,
        height: min(image.height, y + height) - y)
      image.fill(region) { value[min($0, value.count - 1)] }
    }
  }
}

extension Cutout {
  init(_ reader: inout ConfigReader) throws(ConfigError) {
    let shape = try reader.readNumbers("shape", count: 2, default: [])
    guard shape.count == 2, shape.allSatisfy({ $0 >= 0 && $0 <= 65536 }) else {
      throw shape.isEmpty
        ? .missingKey(path: reader.path, key: "shape")
        : .invalidValue(
          path: reader.path.appending("shape"), message: "must lie between 0 and 65536")
    }
    (height, width) = (Int(shape[0]), Int(shape[1]))
    value = try reader.readNumbers("pad_val", count: 3, default: [128, 128, 128])
    probability = try reader.readProbability("prob", default: 0.5)
  }
}
