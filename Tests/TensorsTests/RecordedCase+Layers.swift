import Foundation
import Tensors
import TestKit
import Testing

/// Operations with geometry or parameters.
extension RecordedCase {
  /// `nil` for an operation of another kind.
  func layer(_ operation: String, _ x: Tensor) throws -> Tensor? {
    switch operation {
    case "conv2d":
      return conv2d(
        x, weight: try #require(parameter("weight")), bias: parameter("bias"),
        ConvolutionGeometry(
          stride: pair("stride", [1, 1]), padding: pair("padding", [0, 0]),
          dilation: pair("dilation", [1, 1]), groups: option("groups") as? Int ?? 1))
    case "linear":
      return linear(x, weight: try #require(parameter("weight")), bias: parameter("bias"))
    case "batch_norm": return batchNorm(x)
    case "group_norm":
      return groupNorm(
        x, groups: facts["groups"] as? Int ?? 1, weight: parameter("weight"),
        bias: parameter("bias"), epsilon: Float(facts["eps"] as? Double ?? 1e-5))
    case "prelu": return prelu(x, weight: try #require(parameter("weight")))
    case "max_pool2d": return pool(x, pooling(.max))
    case "avg_pool2d":
      if let divisor = option("divisor_override") as? Int {
        return pool(x, pooling(.quotient(divisor: divisor)))
      }
      let countsPadding = option("count_include_pad") as? Bool ?? true
      return pool(x, pooling(.average(countsPadding: countsPadding)))
    case "adaptive_avg_pool2d":
      return adaptiveAveragePool(x, output: pair("output_size", [1, 1]))
    case "adaptive_max_pool2d": return adaptiveMaxPool(x, output: pair("output_size", [1, 1]))
    case "interpolate": return resized(x)
    case "pad": return padded(x)
    case "channel_shuffle": return channelShuffle(x, groups: facts["groups"] as? Int ?? 1)
    default: return Self.activations[operation].map { activate(x, $0) }
    }
  }

  private static let activations: [String: Activation] = [
    "relu": .relu, "relu6": .relu6, "hardswish": .hardSwish, "HSwish": .hardSwish,
    "sigmoid": .sigmoid, "swish": .swish, "tanh": .tanh, "gelu": .gelu,
    "leaky_relu": .leakyReLU(slope: 0.1),
    "hardsigmoid": .hardSigmoid(bias: 3, divisor: 6, minimum: 0, maximum: 1),
    "HSigmoid": .hardSigmoid(bias: 3, divisor: 6, minimum: 0, maximum: 1),
  ]

  private func pooling(_ kind: Pooling.Kind) -> Pooling {
    let kernel = pair("kernel_size", [1, 1])
    return Pooling(
      kind: kind, kernel: kernel, stride: pair("stride", kernel), padding: pair("padding", [0, 0]),
      roundsUp: option("ceil_mode") as? Bool ?? false, dilation: pair("dilation", [1, 1]))
  }

  private func resized(_ x: Tensor) -> Tensor {
    let mode: Resize.Mode =
      option("mode") as? String == "nearest"
      ? .nearest : .bilinear(alignsCorners: option("align_corners") as? Bool ?? false)
    guard let scale = option("scale_factor") else {
      return resize(x, to: pair("size", [1, 1]), mode)
    }
    let list = (scale as? [String: [Double]])?["__tuple__"]
    let one = scale as? Double ?? 1
    return resize(
      x, by: list.map { [$0[0], $0[1]] } ?? [one, one], mode,
      recomputesScale: option("recompute_scale_factor") as? Bool ?? false)
  }

  private func padded(_ x: Tensor) -> Tensor {
    let around = option("pad") as? [Int] ?? []
    let mode: Padding.Mode =
      switch option("mode") as? String {
      case "reflect": .reflect
      case "replicate": .replicate
      default: .constant(Float(option("value") as? Double ?? 0))
      }
    return pad(
      x,
      Padding(mode, top: around[2], bottom: around[3], left: around[0], right: around[1]))
  }

  private func batchNorm(_ x: Tensor) -> Tensor {
    let channels: Shape = [x.shape[1]]
    var weight: Parameter?
    var bias: Parameter?
    if facts["affine"] as? Bool ?? true {
      let pair = (
        Parameter(filled("weight", channels) { 1 + $0 }), Parameter(filled("bias", channels))
      )
      parameters = [("weight", pair.0), ("bias", pair.1)]
      (weight, bias) = pair
    }
    let isTracked = facts["track"] as? Bool ?? true
    let epsilon = Float(facts["eps"] as? Double ?? 1e-5)
    let mean = isTracked ? filled("running_mean", channels) { 0.3 * $0 } : nil
    let variance = isTracked ? filled("running_var", channels) { abs($0) + 0.5 } : nil
    if let mean, let variance {
      statistics = [("running_mean", mean), ("running_var", variance)]
      if !(facts["training"] as? Bool ?? true) {
        return batchNormInference(
          x, weight: weight, bias: bias, mean: mean, variance: variance, epsilon: epsilon)
      }
    }
    var output = x
    for step in 1...(facts["steps"] as? Int ?? 1) {
      output = batchNormTraining(
        x, weight: weight, bias: bias, runningMean: mean, runningVariance: variance,
        momentum: (facts["momentum"] as? Double).map { Float($0) } ?? 1 / Float(step),
        epsilon: epsilon)
    }
    return output
  }
}
