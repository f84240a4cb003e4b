internal import Foundation
public import Tensors

/// How the elements of a parameter are drawn at first.
public enum Distribution: Hashable, Sendable {
  case constant(Double)
  case uniform(low: Double, high: Double)
  case normal(mean: Double, deviation: Double)
  /// Normal, with what falls outside `low ... high` drawn again.
  case truncatedNormal(mean: Double, deviation: Double, low: Double, high: Double)
}

extension Distribution {
  /// The number of inputs (or outputs) that one output (or input) of a weight `[out, in, …]` sees.
  public enum Fan: String, Hashable, Sendable, CaseIterable {
    case `in` = "fan_in"
    case out = "fan_out"

    func count(_ shape: Shape) -> Int {
      let receptiveField = shape.dimensions.dropFirst(2).reduce(1, *)
      return receptiveField * (self == .in ? shape[1] : shape[0])
    }
  }

  /// He et al., "Delving deep into rectifiers" (2015).
  ///
  /// - Parameter gain: `sqrt(2)` for rectifiers.
  public static func kaiming(
    _ shape: Shape, fan: Fan, gain: Double, isUniform: Bool = false
  ) -> Distribution {
    let deviation = gain / Double(fan.count(shape)).squareRoot()
    return spread(deviation, isUniform: isUniform)
  }

  /// Glorot & Bengio, "Understanding the difficulty of training deep feedforward networks" (2010).
  public static func xavier(_ shape: Shape, gain: Double, isUniform: Bool) -> Distribution {
    let fans = Fan.in.count(shape) + Fan.out.count(shape)
    return spread(gain * (2 / Double(fans)).squareRoot(), isUniform: isUniform)
  }

  /// PyTorch's default for the weight and the bias of a convolution or linear layer.
  public static func layerDefault(fanIn: Int) -> Distribution {
    let bound = 1 / Double(max(fanIn, 1)).squareRoot()
    return .uniform(low: -bound, high: bound)
  }

  private static func spread(_ deviation: Double, isUniform: Bool) -> Distribution {
    guard isUniform else { return .normal(mean: 0, deviation: deviation) }
    let bound = 3.0.squareRoot() * deviation
    return .uniform(low: -bound, high: bound)
  }
}

// MARK: - Drawing

extension Distribution {
  /// A parameter of `shape` drawn from the distribution.
  func parameter(_ shape: Shape, in context: LayerContext) -> Parameter {
    let parameter = Parameter(.uninitialized(shape, on: context.device))
    fill(parameter, in: context)
    return parameter
  }

  /// Draws every element of `parameter` anew.
  public func fill(_ parameter: Parameter, in context: LayerContext) {
    defer { parameter.markChanged() }
    let elements = parameter.value.floats
    if case .constant(let value) = self {
      elements.update(repeating: Float(value))
    } else if context.drawsWeights {
      for index in elements.indices { elements[index] = Float(draw(&context.generator)) }
    } else {
      elements.update(repeating: 0)
    }
  }

  private func draw(_ generator: inout Generator) -> Double {
    switch self {
    case .constant(let value): return value
    case .uniform(let low, let high): return generator.uniform(low, high)
    case .normal(let mean, let deviation): return mean + deviation * generator.normal()
    case .truncatedNormal(let mean, let deviation, let low, let high):
      // Bounds far from the mean are hardly ever hit; there a clamped draw has to do.
      for _ in 0..<1000 {
        let value = mean + deviation * generator.normal()
        if (low...high).contains(value) { return value }
      }
      return min(max(mean, low), high)
    }
  }
}
