internal import Configs
public import Tensors

/// The difference between the distances of a batch's images in the student's and in the teacher's
/// feature space, as upstream's `DistanceWiseRKD`.
///
/// Park et al., "Relational knowledge distillation" (CVPR 2019), eq. 4 to 6: distances are relative
/// to their mean, and compared by the Huber loss. The two feature spaces may have different
/// dimensions. A batch of one image has no distance, and the loss 0.
public struct DistanceWiseRKD: DistillationLoss {
  public var weight: Double
  /// Whether features are scaled to length 1 first.
  public var normalizes: Bool

  public var agreement: ShapeAgreement { .imagesOnly }

  public init(weight: Double = 25, normalizes: Bool = true) {
    self.weight = weight
    self.normalizes = normalizes
  }

  init(_ reader: inout ConfigReader) throws(ConfigError) {
    weight = try reader.read("loss_weight", default: 25)
    normalizes = try reader.read("with_l2_norm", default: true)
  }

  public func callAsFunction(_ pair: OutputPair) -> Tensor {
    guard pair.count > 1 else { return pair.student.sum() * 0 }
    return smoothL1Loss(distances(pair.student), distances(pair.teacher)).mean() * Float(weight)
  }

  /// The distances of all pairs over their mean, `[N, N]`.
  private func distances(_ output: Tensor) -> Tensor {
    let features = output.relationalFeatures(normalizes: normalizes)
    let count = features.shape[0]
    let squares = (features * features).sum(axis: 1)
    let products = matrixProduct(features, features, transposingRight: true)
    let sums = squares.reshaped([count, 1]) + squares.reshaped([1, count])
    // The least distance keeps the root's gradient finite.
    let all = (sums - products * 2).clamp(minimum: 1e-12).sqrt()
    let distances = all.filled(with: 0, where: .identity(count, on: all.device))
    return distances / (distances.sum() / Float(count * (count - 1)))
  }
}

extension Tensor {
  /// One row of features an image.
  func relationalFeatures(normalizes: Bool) -> Tensor {
    let rows = flattened()
    return normalizes ? rows.unitLength(axes: [1]) : rows
  }

  /// The identity matrix.
  fileprivate static func identity(_ count: Int, on device: any Device) -> Tensor {
    var values = [Float](repeating: 0, count: count * count)
    for row in 0..<count { values[row * (count + 1)] = 1 }
    return Tensor(values, shape: [count, count], on: device)
  }
}
