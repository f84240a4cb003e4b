public import Configs

/// An optimizer before it has parameters: its rule and the rates that groups start from.
public struct OptimizerRecipe: Sendable {
  /// The `type` under which configs know the optimizer.
  public var name: String
  public var learningRate: Double
  public var weightDecay: Double
  public var rule: any OptimizationRule

  public init(name: String, learningRate: Double, weightDecay: Double, rule: any OptimizationRule) {
    self.name = name
    self.learningRate = learningRate
    self.weightDecay = weightDecay
    self.rule = rule
  }

  /// The optimizers of this module under their PyTorch names.
  public static var catalog: Catalog<OptimizerRecipe, Void> {
    Catalog(
      "optimizer", scope: .mmcv,
      [
        "SGD": { reader, _ in try sgd(&reader) },
        "Adam": { reader, _ in try adam(&reader, name: "Adam", weightDecay: 0) },
        "AdamW": { reader, _ in try adam(&reader, name: "AdamW", weightDecay: 0.01) },
        "RMSprop": { reader, _ in try rmsprop(&reader) },
      ])
  }

  private static func sgd(_ reader: inout ConfigReader) throws(ConfigError) -> OptimizerRecipe {
    let learningRate: Double = try reader.readNonNegative("lr")
    let momentum = try reader.readNonNegative("momentum", default: 0)
    let dampening: Double = try reader.read("dampening", default: 0)
    let weightDecay = try reader.readNonNegative("weight_decay", default: 0)
    let nesterov: Bool = try reader.read("nesterov", default: false)
    let maximize: Bool = try reader.read("maximize", default: false)
    try reader.ignoreTuning(["foreach", "differentiable"])
    if nesterov, momentum <= 0 || dampening != 0 {
      throw .invalidValue(
        path: reader.path.appending("nesterov"),
        message: "Nesterov momentum needs a momentum above 0 and no dampening")
    }
    return OptimizerRecipe(
      name: "SGD", learningRate: learningRate, weightDecay: weightDecay,
      rule: SGD(
        momentum: momentum, dampening: dampening, nesterov: nesterov, maximize: maximize))
  }

  private static func adam(
    _ reader: inout ConfigReader, name: String, weightDecay: Double
  ) throws(ConfigError) -> OptimizerRecipe {
    let learningRate = try reader.readNonNegative("lr", default: 1e-3)
    let betas: [Double] = try reader.read("betas", default: [0.9, 0.999])
    guard betas.count == 2, betas.allSatisfy({ (0..<1).contains($0) }) else {
      throw .invalidValue(
        path: reader.path.appending("betas"), message: "must be two numbers in [0, 1)")
    }
    let epsilon = try reader.readNonNegative("eps", default: 1e-8)
    let weightDecay = try reader.readNonNegative("weight_decay", default: weightDecay)
    let rule = Adam(
      betas: (betas[0], betas[1]), epsilon: epsilon,
      amsgrad: try reader.read("amsgrad", default: false),
      maximize: try reader.read("maximize", default: false),
      decouplesWeightDecay: name == "AdamW")
    try reader.ignoreTuning(["foreach", "capturable"])
    return OptimizerRecipe(
      name: name, learningRate: learningRate, weightDecay: weightDecay, rule: rule)
  }

  private static func rmsprop(_ reader: inout ConfigReader) throws(ConfigError) -> OptimizerRecipe {
    let rule = RMSprop(
      momentum: try reader.readNonNegative("momentum", default: 0),
      alpha: try reader.readNonNegative("alpha", default: 0.99),
      epsilon: try reader.readNonNegative("eps", default: 1e-8),
      isCentered: try reader.read("centered", default: false),
      maximize: try reader.read("maximize", default: false))
    let recipe = OptimizerRecipe(
      name: "RMSprop", learningRate: try reader.readNonNegative("lr", default: 0.01),
      weightDecay: try reader.readNonNegative("weight_decay", default: 0), rule: rule)
    try reader.ignoreTuning(["foreach", "differentiable"])
    return recipe
  }
}

extension ConfigReader {
  /// Reads a number that must not be negative.
  mutating func readNonNegative(_ key: String) throws(ConfigError) -> Double {
    let value: Double = try read(key)
    try requireNonNegative(value, key)
    return value
  }

  mutating func readNonNegative(
    _ key: String, default fallback: Double
  ) throws(ConfigError) -> Double {
    let value: Double = try read(key, default: fallback)
    try requireNonNegative(value, key)
    return value
  }

  private func requireNonNegative(_ value: Double, _ key: String) throws(ConfigError) {
    // Not `value < 0`: that would let NaN pass.
    guard value >= 0 else {
      throw .invalidValue(
        path: path.appending(key),
        message: "must not be negative, this is \(PythonText.representation(value))")
    }
  }

  /// Accepts PyTorch's options that choose among equal implementations.
  fileprivate mutating func ignoreTuning(_ keys: [String]) throws(ConfigError) {
    for key in keys { _ = try readIfPresent(key, as: Bool.self) }
  }
}
