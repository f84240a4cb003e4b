public import Tensors

/// Numbers that are a function of a name and an index, as `Tests/Fixtures/README.md` defines them:
/// what fixtures use in place of stored weights and images.
public enum CounterNumbers {
  /// `signed(name, 0 ..< count)`, each within `-1 ..< 1`.
  public static func signed(_ name: String, count: Int) -> [Double] {
    let hash = name.utf8.reduce(0x811C_9DC5 as UInt32) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
    return [Double](unsafeUninitializedCapacity: count) { values, filled in
      var counter = hash
      for index in 0..<count {
        var mixed = counter
        mixed ^= mixed >> 16
        mixed = mixed &* 0x85EB_CA6B
        mixed ^= mixed >> 13
        mixed = mixed &* 0xC2B2_AE35
        mixed ^= mixed >> 16
        values[index] = (Double(mixed) * 0x1p-32 - 0.5) * 2
        counter = counter &+ 2_654_435_761
      }
      filled = count
    }
  }

  /// The values that fixtures give to a floating-point entry of a state dict.
  public static func state(_ name: String, shape: [Int]) -> [Float] {
    let numbers = signed(name, count: shape.reduce(1, *))
    let last = name.split(separator: ".").last.map(String.init) ?? name
    switch last {
    case "weight" where shape.count > 1:
      let scale = (3 / Double(shape.dropFirst().reduce(1, *))).squareRoot()
      return numbers.map { Float(scale * $0) }
    case "weight": return numbers.map { Float(1 + 0.1 * $0) }
    case "running_var": return numbers.map { Float(1 + 0.5 * abs($0)) }
    case "bias", "running_mean": return numbers.map { Float(0.1 * $0) }
    default: preconditionFailure("there is no rule for '\(name)'")
    }
  }

  /// The dot product of a tensor's elements with `signed(name, …)`: unlike a norm it tells
  /// directions apart.
  public static func probe(_ tensor: Tensor, _ name: String) -> Double {
    zip(tensor.floats, signed(name, count: tensor.shape.count)).reduce(0) {
      $0 + Double($1.0) * $1.1
    }
  }

  /// The image fixture `name`, an activation `[N, C, H, W]`.
  public static func image(_ name: String, shape: Shape, on device: any Device) -> Tensor {
    let values = signed(name, count: shape.count)
    let (n, c, h, w) = (shape[0], shape[1], shape[2], shape[3])
    var pixels = [Float](repeating: 0, count: shape.count)
    for image in 0..<n {
      for channel in 0..<c {
        for pixel in 0..<(h * w) {
          pixels[(image * h * w + pixel) * c + channel] =
            Float(2 * values[(image * c + channel) * h * w + pixel])
        }
      }
    }
    return Tensor(channelsLast: pixels, shape: shape, on: device)
  }
}
