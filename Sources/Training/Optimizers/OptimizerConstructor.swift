public import Configs
public import NN
internal import OrderedCollections
internal import Tensors

/// Builds the optimizers of a config for a model: mmcv's `DefaultOptimizerConstructor`.
///
/// Without `paramwise_cfg` all parameters form one group, with it each forms its own, in the
/// order of `named_parameters`; frozen parameters are included, as upstream, and never move.
public struct OptimizerConstructor: Sendable {
  private let catalog: Catalog<OptimizerRecipe, Void>
  private let scope: Scope

  /// - Parameter scope: the library whose optimizers bare names mean.
  public init(
    catalog: Catalog<OptimizerRecipe, Void> = OptimizerRecipe.catalog, scope: Scope = .mmcv
  ) {
    self.catalog = catalog
    self.scope = scope
  }

  /// - Parameter config: one optimizer, or a dictionary of optimizers by the name of the model's
  ///   child whose parameters each moves.
  public func build(
    _ config: Config, path: ConfigPath, for model: Module
  ) throws -> OptimizerSet {
    guard let entries = config.dictionary else {
      throw ConfigError.wrongType(path: path, expected: "dict", found: config.kindName)
    }
    guard !entries.isEmpty, entries.values.allSatisfy({ $0.dictionary != nil }) else {
      return .single(try buildOne(config, path: path, for: model))
    }
    var optimizers: OrderedDictionary<String, Optimizer> = [:]
    for (key, entry) in entries {
      guard let child = model.children.first(where: { $0.name == key.text }) else {
        throw ConfigError.unknownKey(
          path: path, key: key.text,
          nearest: NearestName.of(key.text, among: model.children.map(\.name)))
      }
      optimizers[key.text] = try buildOne(
        entry, path: path.appending(key.text), for: child.module)
    }
    return .named(optimizers)
  }

  private func buildOne(
    _ config: Config, path: ConfigPath, for model: Module
  ) throws -> Optimizer {
    var recipeConfig = config
    recipeConfig["paramwise_cfg"] = nil
    recipeConfig["constructor"] = nil
    if let constructor = config["constructor"] {
      let name = try String(config: constructor, path: path.appending("constructor"))
      guard name == "DefaultOptimizerConstructor" else {
        throw ConfigError.unknownType(
          path: path.appending("constructor"), kind: "optimizer constructor", name: name,
          nearest: NearestName.of(name, among: ["DefaultOptimizerConstructor"]))
      }
    }
    let recipe = try catalog.build(recipeConfig, path: path, scope: scope, context: ())
    guard let paramwise = config["paramwise_cfg"], paramwise != .none, paramwise != [:] else {
      let group = ParameterGroup(
        parameters: model.namedParameters().map(\.parameter),
        learningRate: recipe.learningRate, weightDecay: recipe.weightDecay, rule: recipe.rule)
      return Optimizer(name: recipe.name, groups: [group])
    }
    let optionsPath = path.appending("paramwise_cfg")
    let options = try ParamwiseOptions(
      config: paramwise, path: optionsPath, hasWeightDecay: config["weight_decay"] != nil)
    let groups = try groups(of: model, recipe, options, path: optionsPath)
    return Optimizer(name: recipe.name, groups: groups)
  }

  /// One group per parameter.
  private func groups(
    of model: Module, _ recipe: OptimizerRecipe, _ options: ParamwiseOptions, path: ConfigPath
  ) throws -> [ParameterGroup] {
    var groups: [ParameterGroup] = []
    var seen: Set<ObjectIdentifier> = []
    for (modulePath, module) in model.namedModules() {
      for (name, parameter) in module.parameters {
        guard seen.insert(ObjectIdentifier(parameter)).inserted else {
          if options.skipsDuplicates { continue }
          throw ConfigError.invalidValue(
            path: path,
            message: "\(modulePath).\(name) is shared with another module and would be "
              + "optimized twice; set bypass_duplicate=True")
        }
        var group = ParameterGroup(
          parameters: [parameter], learningRate: recipe.learningRate,
          weightDecay: recipe.weightDecay, rule: recipe.rule)
        if parameter.requiresGradient {
          let factors = options.multipliers(
            name: name, path: "\(modulePath).\(name)", role: ParameterRole(of: module))
          group.learningRate *= factors.rate
          group.weightDecay *= factors.decay
        }
        groups.append(group)
      }
    }
    return groups
  }
}

extension ParamwiseOptions {
  /// - Parameters:
  ///   - name: the parameter's name within its module.
  ///   - path: its name within the model.
  func multipliers(
    name: String, path: String, role: ParameterRole
  ) -> (rate: Double, decay: Double) {
    if let custom = custom(for: path) { return (custom.rate, custom.decay) }
    let isBias = name == "bias"
    let rate = isBias && role != .normalization ? biasRate : 1
    let decay =
      switch role {
      case .normalization: normDecay
      case .depthwiseConvolution: depthwiseDecay
      case .other: isBias ? biasDecay : 1
      }
    return (rate, decay)
  }
}
