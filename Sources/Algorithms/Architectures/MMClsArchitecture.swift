public import Annotations
public import Configs
public import NN
public import Tensors
public import Zoo

/// An image classifier to search or to compress, as upstream's `MMClsArchitecture`.
public final class MMClsArchitecture: BaseModule, Architecture {
  @Child public private(set) var classifier: ImageClassifier

  public var model: Module { classifier }
  public var inChannels: Int { classifier.backbone.inChannels }

  public init(_ classifier: ImageClassifier, initRules: InitRules? = nil) {
    _classifier = Child(name: "model", classifier)
    super.init(initRules: initRules)
  }

  convenience init(_ reader: inout ConfigReader, in context: BuildContext) throws {
    let classifier = try Self.classifier(
      reader.read("model"), path: reader.path.appending("model"), in: context)
    self.init(classifier, initRules: try reader.readIfPresent("init_cfg"))
  }

  public func sibling(
    _ config: Config, path: ConfigPath, in context: BuildContext
  ) throws -> any Architecture {
    let classifier = try Self.classifier(config, path: path, in: context)
    try classifier.checkFit(path: path, on: context.device)
    return MMClsArchitecture(classifier)
  }

  private static func classifier(
    _ config: Config, path: ConfigPath, in context: BuildContext
  ) throws -> ImageClassifier {
    let model = try context.catalogs.models.build(
      config, path: path, scope: .mmcls, context: context)
    guard let classifier = model as? ImageClassifier else {
      throw ConfigError.invalidValue(
        path: path, message: "MMClsArchitecture needs an image classifier")
    }
    return classifier
  }

  public func losses(_ input: ImageInput, _ annotations: [ImageAnnotation]) throws -> Losses {
    let labels = annotations.compactMap(\.label)
    guard labels.count == annotations.count else {
      throw ArchitectureError.missingFacet(architecture: "MMClsArchitecture", facet: .label)
    }
    return try classifier.forwardTrain(images: input.images, labels: .labels(labels))
  }

  public func predictions(_ input: ImageInput) -> [Prediction] {
    let scores = classifier.evaluatingInParts(input.images) { classifier.scores(images: $0) }
    let classCount = scores.shape[1]
    let values = scores.values
    return (0..<scores.shape[0]).map { row in
      .scores(Array(values[row * classCount..<(row + 1) * classCount]))
    }
  }

  public func checkFit(path: ConfigPath, on device: any Device) throws {
    try classifier.checkFit(path: path.appending("model"), on: device)
  }

  public func outputs(_ images: Tensor) -> [(name: String, value: Tensor)] {
    [("output", classifier.logits(images: images))]
  }

  public func forwardForCounting(_ images: Tensor) {
    _ = classifier.logits(images: images)
  }
}
