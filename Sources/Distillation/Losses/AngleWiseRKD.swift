internal import Configs
public import Tensors

/// The difference between the angles that triples of a batch's images form in the student's and in
/// the teacher's feature space, as upstream's `AngleWiseRKD`.
///
/// Park et al., "Relational knowledge distillation" (CVPR 2019), eq. 7 and 8: the cosines of the
/// angles are compared by the Huber loss. The two feature spaces may have different dimensions.
public struct AngleWiseRKD: DistillationLoss {
  public var weight: Double
  /// Whether features are scaled to length 1 first.
  public var normalizes: Bool

  public var agreement: ShapeAgreement { .imagesOnly }

  public init(weight: Double = 50, normalizes: Bool = true) {
    self.weight = weight
    self.normalizes = normalizes
  }

  init(_ reader: inout ConfigReader) throws(ConfigError) {
    weight = try reader.read("loss_weight", default: 50)
    normalizes = try reader.read("with_l2_norm", default: true)
  }

  public func callAsFunction(_ pair: OutputPair) -> Tensor {
    smoothL1Loss(cosines(pair.student), cosines(pair.teacher)).mean() * Float(weight)
  }

  /// The cosines of the angles at each image between the directions to two others, `[N, N, N]`.
  private func cosines(_ output: Tensor) -> Tensor {
    let features = output.relationalFeatures(normalizes: normalizes)
    let (count, width) = (features.shape[0], features.shape[1])
    let differences =
      features.reshaped([1, count, width]) - features.reshaped([count, 1, width])
    let directions = differences.unitLength(axes: [2])
    return matrixProduct(directions, directions, transposingRight: true)
  }
}
