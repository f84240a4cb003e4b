import Foundation
import Tensors
import TestKit
import Testing

/// Everything by name.
extension RecordedCase {
  func compute(_ inputs: [String: Tensor]) throws -> Tensor {
    let operation = facts["operation"] as? String ?? ""
    if operation == "cat" {
      return concatenate(inputNames.compactMap { inputs[$0] }, axis: 1)
    }
    if let result = dense(operation, inputs) { return result }
    let x = try #require(inputs["input"])
    if let result = try layer(operation, x) ?? moved(operation, x) ?? reduced(operation, x)
      ?? unary(operation, x) ?? scored(operation, x)
    {
      return result
    }
    if let target = inputs["target"] { return try loss(operation, x, target) }
    return try binary(operation, x, try #require(inputs["other"]), mask: inputs["mask"])
  }

  private func numbers(_ key: String) -> [Int] { facts[key] as? [Int] ?? [] }

  private var axis: Int { facts["axis"] as? Int ?? facts["dim"] as? Int ?? -1 }

  private func moved(_ operation: String, _ x: Tensor) -> Tensor? {
    switch operation {
    case "flatten": x.flattened()
    case "reshape": x.reshaped(Shape(numbers("shape")))
    case "chunk": x.chunk(2, axis: 1)[1]
    case "split": x.split(numbers("extents"), axis: axis)[1]
    case "slice": x.slice(axis: axis, numbers("range")[0]..<numbers("range")[1])
    case "permute": x.permuted(numbers("axes"))
    case "index_select": x.taking(numbers("index"), axis: axis)
    case "gather": x.gathered(numbers("index"), count: facts["count"] as? Int ?? 0, axis: axis)
    default: nil
    }
  }

  private func reduced(_ operation: String, _ x: Tensor) -> Tensor? {
    let (axes, keeps) = (numbers("axes"), facts["keeps"] as? Bool ?? false)
    switch operation {
    case "sum": return x.sum(axes: axes, keepsAxes: keeps)
    case "mean": return x.mean(axes: axes, keepsAxes: keeps)
    case "amax": return x.max(axes: axes, keepsAxes: keeps)
    case "amin": return x.min(axes: axes, keepsAxes: keeps)
    case "norm":
      let order: Float =
        facts["order"] as? String == "inf" ? .infinity : Float(facts["order"] as? Double ?? 2)
      return x.norm(order, axes: axes, keepsAxes: keeps)
    case "max": return x.max(axis: axis)
    case "min": return x.min(axis: axis)
    default: return nil
    }
  }

  private func unary(_ operation: String, _ x: Tensor) -> Tensor? {
    let positive = x.abs() + 0.2
    return switch operation {
    case "exp": x.exp()
    case "abs": x.abs()
    case "clamp": x.clamp(minimum: -0.5, maximum: 0.6)
    case "log": positive.log()
    case "sqrt": positive.sqrt()
    case "pow": positive.pow(1.7)
    case "square": x.pow(2)
    case "affine": 3 - x * 2 + x / 4
    case "reciprocal": 2 / positive
    default: nil
    }
  }

  private func scored(_ operation: String, _ x: Tensor) -> Tensor? {
    switch operation {
    case "softmax": return softmax(x, axis: axis)
    case "log_softmax": return logSoftmax(x, axis: axis)
    case "cross_entropy":
      let weights = filled("class_weights", [x.shape[1]]) { $0 + 1.5 }.values
      return crossEntropy(
        x, labels: numbers("labels"),
        classWeights: facts["weighted"] as? Bool ?? false ? weights : nil,
        ignoring: facts["ignored"] as? Int)
    case "soft_cross_entropy":
      return softCrossEntropy(x, targets: softmax(filled("target", x.shape), axis: 1))
    case "binary_cross_entropy":
      return binaryCrossEntropyWithLogits(
        x, targets: filled("target", x.shape) { ($0 + 1) / 2 })
    default: return nil
    }
  }

  private func loss(_ operation: String, _ x: Tensor, _ target: Tensor) throws -> Tensor {
    switch operation {
    case "l1_loss": return l1Loss(x, target)
    case "mse_loss": return squaredError(x, target)
    case "smooth_l1_loss":
      return smoothL1Loss(x, target, beta: Float(facts["beta"] as? Double ?? 1))
    case "kl_div": return klDivergence(logSoftmax(x, axis: 1), softmax(target, axis: 1))
    case "kl_div_log":
      return klDivergence(logSoftmax(x, axis: 1), logTarget: logSoftmax(target, axis: 1))
    default: throw Unknown(operation: operation)
    }
  }

  private func binary(
    _ operation: String, _ x: Tensor, _ y: Tensor, mask: Tensor?
  ) throws -> Tensor {
    switch operation {
    case "add": return x + y
    case "sub": return x - y
    case "mul": return x * y
    case "div": return x / (y.abs() + 0.5)
    case "power": return (x.abs() + 0.2).pow(y)
    case "maximum": return maximum(x, y)
    case "minimum": return minimum(x, y)
    case "where": return select(try #require(mask) .> 0.1, x, y)
    case "matmul": return matrixProduct(x, y)
    case "matmul_transposed":
      return matrixProduct(x, y, transposingLeft: true, transposingRight: true)
    default: throw Unknown(operation: operation)
    }
  }
}
