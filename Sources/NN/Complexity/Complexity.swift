internal import Foundation
public import Tensors

/// The cost of a network as mmcv's counter states it: a multiply-add is one FLOP, and only
/// parameters that are trained count.
public struct Complexity: Hashable, Sendable {
  public var flops: Int
  public var parameters: Int

  public init(flops: Int, parameters: Int) {
    self.flops = flops
    self.parameters = parameters
  }

  /// Runs `forward` in evaluation mode on a single image of zeros and counts what it records.
  ///
  /// - Parameter input: the shape of the image, `[1, C, H, W]`.
  public static func measure(
    _ module: Module, input: Shape, on device: any Device, forward: (Tensor) -> Void
  ) -> Complexity {
    let tape = Tape()
    let layout: Layout = input.rank == 4 ? .channelsLast : .rowMajor
    module.evaluating { forward(tape.watch(.zeros(input, layout: layout, on: device))) }
    return Complexity(flops: tape.flops, parameters: module.trainedParameterCount)
  }
}

extension Module {
  /// The number of elements of all parameters that want gradients.
  public var trainedParameterCount: Int {
    namedParameters().reduce(0) { sum, entry in
      sum + (entry.parameter.requiresGradient ? entry.parameter.shape.count : 0)
    }
  }
}

// MARK: - Text

extension Complexity {
  /// `0.33 GFLOPs`
  public var flopsText: String { "\(Self.rounded(Double(flops) / 1e9)) GFLOPs" }

  /// `3.56 M`, `12.5 k` or the plain number.
  public var parametersText: String {
    switch parameters {
    case 1_000_000...: "\(Self.rounded(Double(parameters) / 1e6)) M"
    case 1000...: "\(Self.rounded(Double(parameters) / 1e3)) k"
    default: String(parameters)
    }
  }

  /// Two decimals of the exact value, as Python rounds; scaling first would round twice.
  private static func rounded(_ value: Double) -> Double {
    Double(String(format: "%.2f", value)) ?? value
  }
}
