internal import Configs
public import Tensors

/// The correlation of class probabilities within images and within classes, as `DISTLoss` of
/// MMRazor 1.x.
///
/// Huang et al., "Knowledge distillation from a stronger teacher" (NeurIPS 2022). The loss counts
/// how far Pearson's correlation between student and teacher is from 1, for the classes of each
/// image (inter-class) and for the images of each class (intra-class).
public struct DISTLoss: DistillationLoss {
  public var interWeight: Double
  public var intraWeight: Double
  public var temperature: Double
  public var weight: Double
  /// Whether the teacher gets no gradient.
  public var detachesTeacher: Bool

  public init(
    interWeight: Double = 1, intraWeight: Double = 1, temperature: Double = 1,
    weight: Double = 1, detachesTeacher: Bool = true
  ) {
    self.interWeight = interWeight
    self.intraWeight = intraWeight
    self.temperature = temperature
    self.weight = weight
    self.detachesTeacher = detachesTeacher
  }

  init(_ reader: inout ConfigReader) throws(ConfigError) {
    interWeight = try reader.read("inter_loss_weight", default: 1)
    intraWeight = try reader.read("intra_loss_weight", default: 1)
    temperature = try reader.readTemperature()
    weight = try reader.read("loss_weight", default: 1)
    detachesTeacher = try reader.read("teacher_detach", default: true)
  }

  public func callAsFunction(_ pair: OutputPair) throws -> Tensor {
    try pair.checkScores(for: "DISTLoss")
    let teacher = detachesTeacher ? pair.teacher.detached : pair.teacher
    let (s, t) = (
      softmax(pair.student.softened(temperature), axis: 1),
      softmax(teacher.softened(temperature), axis: 1)
    )
    let inter = 1 - correlation(s, t, along: 1).mean()
    let intra = 1 - correlation(s, t, along: 0).mean()
    let sum = inter * Float(interWeight) + intra * Float(intraWeight)
    return sum * Float(weight * temperature * temperature)
  }

  /// Pearson's correlation of two matrices along an axis.
  private func correlation(_ x: Tensor, _ y: Tensor, along axis: Int) -> Tensor {
    let a = x - x.mean(axis: axis, keepsAxis: true)
    let b = y - y.mean(axis: axis, keepsAxis: true)
    let norms = a.norm(axes: [axis]) * b.norm(axes: [axis])
    return (a * b).sum(axis: axis) / (norms + 1e-8)
  }
}
