internal import Configs
public import Tensors

/// The squared distance of features, as `L2Loss` of MMRazor 1.x.
///
/// Romero et al., "FitNets: hints for thin deep nets" (ICLR 2015). Features of different numbers of
/// channels need a connector, the paper's regressor.
public struct L2Loss: DistillationLoss {
  public var weight: Double
  /// Whether the features of each image are scaled to the length ``length`` first.
  public var normalizes: Bool
  public var length: Double
  /// Whether the squares are averaged over all elements rather than over the images.
  public var averagesElements: Bool
  /// Whether the loss is the distance of the whole batch, neither squared nor averaged.
  public var isDistance: Bool

  public init(
    weight: Double = 1, normalizes: Bool = true, length: Double = 1,
    averagesElements: Bool = false, isDistance: Bool = false
  ) {
    self.weight = weight
    self.normalizes = normalizes
    self.length = length
    self.averagesElements = averagesElements
    self.isDistance = isDistance
  }

  init(_ reader: inout ConfigReader) throws(ConfigError) {
    weight = try reader.read("loss_weight", default: 1)
    normalizes = try reader.read("normalize", default: true)
    length = try reader.read("mult", default: 1)
    averagesElements = try reader.read("div_element", default: false)
    isDistance = try reader.read("dist", default: false)
  }

  public func callAsFunction(_ pair: OutputPair) -> Tensor {
    let (student, teacher) = (scaled(pair.student), scaled(pair.teacher))
    if isDistance {
      let difference = student - teacher
      return difference.norm(axes: Array(0..<difference.shape.rank)) * Float(weight)
    }
    let count = averagesElements ? student.shape.count : student.shape[0]
    return squaredError(student, teacher).sum() * Float(weight / Double(count))
  }

  private func scaled(_ features: Tensor) -> Tensor {
    guard normalizes else { return features }
    let unit = features.unitLength(axes: features.featureAxes)
    return length == 1 ? unit : unit * Float(length)
  }
}
