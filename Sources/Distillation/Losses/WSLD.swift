internal import Configs
public import Tensors

/// Soft labels, each image weighted by the student's loss relative to the teacher's, as upstream's
/// `WSLD`.
///
/// Zhou et al., "Rethinking soft labels for knowledge distillation: a bias-variance tradeoff
/// perspective" (ICLR 2021). The soft labels of an image weigh `1 - exp(-s / t)`, where `s` and `t`
/// are the cross entropies of the student and of the teacher with the true class. The weights get
/// no gradient.
public struct WSLD: DistillationLoss {
  public var temperature: Double
  public var weight: Double
  public var classCount: Int

  public init(temperature: Double = 1, weight: Double = 1, classCount: Int = 1000) {
    self.temperature = temperature
    self.weight = weight
    self.classCount = classCount
  }

  init(_ reader: inout ConfigReader) throws(ConfigError) {
    temperature = try reader.readTemperature()
    weight = try reader.read("loss_weight", default: 1)
    classCount = try reader.read("num_classes", default: 1000)
  }

  public func callAsFunction(_ pair: OutputPair) throws -> Tensor {
    let labels = try pair.labels(for: "WSLD")
    guard pair.student.shape[1] == classCount else {
      throw DistillationError.classCountMismatch(
        loss: "WSLD", expected: classCount, found: pair.student.shape[1])
    }
    let targets = softmax(pair.teacher.softened(temperature), axis: 1)
    let logits = logSoftmax(pair.student.softened(temperature), axis: 1)
    let losses = -(targets * logits).sum(axis: 1)
    let student = crossEntropy(pair.student.detached, labels: labels)
    let teacher = crossEntropy(pair.teacher.detached, labels: labels)
    let ratio = (student / (teacher + 1e-7)).clamp(minimum: 0)
    let weights = 1 - (-ratio).exp()
    return (weights * losses).mean() * Float(weight * temperature * temperature)
  }
}
