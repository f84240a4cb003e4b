internal import Configs
public import NN
public import Tensors

/// One linear layer from features `[N, in]` to class scores, as mmcls's `LinearClsHead`.
public final class LinearClsHead: ClsHead {
  @Child private var fc: Linear

  public init(
    classCount: Int, inChannels: Int, loss: any ClassificationLoss, topK: [Int] = [1],
    reportsAccuracy: Bool = false, initRules: InitRules? = .linearHead, in context: LayerContext
  ) {
    fc = Linear(inChannels, classCount, in: context)
    super.init(loss: loss, topK: topK, reportsAccuracy: reportsAccuracy, initRules: initRules)
  }

  convenience init(_ reader: inout ConfigReader, in context: BuildContext) throws {
    let fields = try Fields(&reader, in: context)
    let classCount: Int = try reader.read("num_classes")
    guard classCount > 0 else {
      throw ConfigError.invalidValue(
        path: reader.path.appending("num_classes"),
        message: "expected a positive number of classes, found \(classCount)")
    }
    self.init(
      classCount: classCount, inChannels: try reader.read("in_channels"), loss: fields.loss,
      topK: fields.topK, reportsAccuracy: fields.reportsAccuracy,
      initRules: try reader.read("init_cfg", default: .linearHead), in: context)
  }

  public override var classCount: Int? { fc.outFeatures }

  public override var inChannels: Int? { fc.inFeatures }

  public override func forward(_ features: [Tensor]) -> Tensor {
    fc(super.forward(features))
  }
}

extension InitRules {
  /// Linear weights of deviation 0.01.
  public static let linearHead = InitRules([
    Rule(Initializer(.normal(mean: 0, deviation: 0.01)), layers: ["Linear"])
  ])
}
