internal import Configs
public import NN
public import Tensors

/// A head whose input is the class scores already, as mmcls's `ClsHead`.
public class ClsHead: BaseModule, ClassificationHead {
  private let loss: any ClassificationLoss
  private let topK: [Int]
  private let reportsAccuracy: Bool

  public init(
    loss: any ClassificationLoss, topK: [Int] = [1], reportsAccuracy: Bool = false,
    initRules: InitRules? = nil
  ) {
    self.loss = loss
    self.topK = topK
    self.reportsAccuracy = reportsAccuracy
    super.init(initRules: initRules)
  }

  convenience init(_ reader: inout ConfigReader, in context: BuildContext) throws {
    let fields = try Fields(&reader, in: context)
    self.init(
      loss: fields.loss, topK: fields.topK, reportsAccuracy: fields.reportsAccuracy,
      initRules: try reader.readIfPresent("init_cfg"))
  }

  public var classCount: Int? { nil }

  public var inChannels: Int? { nil }

  public func forward(_ features: [Tensor]) -> Tensor {
    guard let last = features.last else {
      preconditionFailure("a head needs a feature, and the backbone gave none")
    }
    return last
  }

  public func losses(_ features: [Tensor], labels: ClassificationTargets) throws -> Losses {
    let scores = logits(features)
    let value = try loss(scores, labels, averageFactor: Double(scores.shape[0]))
    var result: Losses = []
    if reportsAccuracy, case .labels(let labels) = labels {
      let accuracies = Accuracy.topK(topK, scores: scores, labels: labels)
      for (k, accuracy) in zip(topK, accuracies) {
        result.append(
          ("top-\(k)", .filled(Float(accuracy), shape: [], on: scores.device)))
      }
    }
    result.append(("loss", value))
    return result
  }
}

extension ClsHead {
  /// The arguments that every classification head takes.
  struct Fields {
    let loss: any ClassificationLoss
    let topK: [Int]
    let reportsAccuracy: Bool

    init(_ reader: inout ConfigReader, in context: BuildContext) throws {
      loss =
        try reader.buildIfPresent("loss", from: context.catalogs.losses, context: context)
        ?? CrossEntropyLoss()
      let topK: Config = try reader.read("topk", default: 1)
      let path = reader.path.appending("topk")
      self.topK =
        topK.items == nil
        ? [try Int(config: topK, path: path)] : try [Int](config: topK, path: path)
      guard self.topK.allSatisfy({ $0 > 0 }) else {
        throw ConfigError.invalidValue(path: path, message: "top-k must be larger than 0")
      }
      reportsAccuracy = try reader.read("cal_acc", default: false)
    }
  }
}
