public import Configs

/// A whole `init_cfg`: one entry or a list, applied in order.
public struct InitRules: Hashable, Sendable {
  /// One initialiser with the layers it is for.
  public struct Rule: Hashable, Sendable {
    public let initializer: Initializer
    /// Upstream class names (``Module/typeNames``); a rule without any reaches only overrides.
    public let layers: [String]
    /// Children that are initialised as a whole, whatever their layers are.
    public let overrides: [(name: String, initializer: Initializer)]

    public init(
      _ initializer: Initializer, layers: [String],
      overrides: [(name: String, initializer: Initializer)] = []
    ) {
      self.initializer = initializer
      self.layers = layers
      self.overrides = overrides
    }

    public static func == (a: Rule, b: Rule) -> Bool {
      a.initializer == b.initializer && a.layers == b.layers
        && a.overrides.elementsEqual(b.overrides, by: ==)
    }

    public func hash(into hasher: inout Hasher) {
      hasher.combine(initializer)
      hasher.combine(layers)
      for entry in overrides {
        hasher.combine(entry.name)
        hasher.combine(entry.initializer)
      }
    }
  }

  public let rules: [Rule]
  /// Whether the config is one dictionary of type `Pretrained`, which children may not overwrite.
  public let isPretrained: Bool

  /// The checkpoint that the whole module is loaded from, if the config names one.
  public var pretrained: PretrainedWeights? {
    guard isPretrained, case .pretrained(let weights) = rules.first?.initializer.method else {
      return nil
    }
    return weights
  }

  public init(_ rules: [Rule]) {
    self.rules = rules
    isPretrained = false
  }

  /// The rules that load `checkpoint` into the whole module (mmcls's `pretrained` argument).
  public init(pretrained: PretrainedWeights) {
    let initializer = Initializer(.pretrained(pretrained), path: pretrained.path)
    rules = [Rule(initializer, layers: [])]
    isPretrained = true
  }
}

// MARK: - Applying

extension InitRules {
  /// Initialises what the rules reach in `module`.
  func apply(to module: Module, in context: LayerContext) throws {
    for rule in rules {
      if case .pretrained(let weights) = rule.initializer.method {
        try load(weights, into: module, in: context)
        continue
      }
      try module.forEachModule { part in
        guard let layer = part as? any WeightedLayer,
          part.typeNames.contains(where: rule.layers.contains)
        else { return }
        try rule.initializer.apply(to: layer, in: context)
      }
      for entry in rule.overrides {
        try apply(entry, of: module, in: context)
      }
    }
  }

  private func apply(
    _ entry: (name: String, initializer: Initializer), of module: Module, in context: LayerContext
  ) throws {
    guard let child = module.children.first(where: { $0.name == entry.name })?.module else {
      throw ConfigError.invalidValue(
        path: entry.initializer.path, message: "there is no part named '\(entry.name)' to override")
    }
    if case .pretrained(let weights) = entry.initializer.method {
      return try load(weights, into: child, in: context)
    }
    try child.forEachModule { part in
      guard let layer = part as? any WeightedLayer else { return }
      try entry.initializer.apply(to: layer, in: context)
    }
  }

  private func load(
    _ weights: PretrainedWeights, into module: Module, in context: LayerContext
  ) throws {
    guard let load = context.loadPretrained else {
      throw ConfigError.invalidValue(
        path: weights.path, message: "pretrained weights cannot be loaded here")
    }
    try load(weights, module)
  }
}

// MARK: - Decoding

extension InitRules: ConfigDecodable {
  public init(config: Config, path: ConfigPath) throws(ConfigError) {
    if let items = config.items {
      var rules: [Rule] = []
      for (index, item) in items.enumerated() {
        rules.append(try Rule(config: item, path: path.appending(index)))
      }
      self.rules = rules
      isPretrained = false
    } else {
      let rule = try Rule(config: config, path: path)
      rules = [rule]
      if case .pretrained = rule.initializer.method {
        isPretrained = true
      } else {
        isPretrained = false
      }
    }
  }
}

extension InitRules.Rule: ConfigDecodable {
  public init(config: Config, path: ConfigPath) throws(ConfigError) {
    var reader = try ConfigReader(config, path: path)
    let initializer = try Initializer(&reader)
    let layer = try reader.readIfPresent("layer", as: Config.self)
    let override = try reader.readIfPresent("override", as: Config.self)
    try reader.finish()
    self.initializer = initializer
    layers = try Self.names(layer, path: path.appending("layer"))
    overrides = try Self.overrides(
      override, initializer: initializer, path: path.appending("override"))
  }

  private static func names(_ config: Config?, path: ConfigPath) throws(ConfigError) -> [String] {
    guard let config else { return [] }
    if let name = config.text { return [name] }
    return try [String](config: config, path: path)
  }

  private static func overrides(
    _ config: Config?, initializer: Initializer, path: ConfigPath
  ) throws(ConfigError) -> [(name: String, initializer: Initializer)] {
    guard let config else { return [] }
    guard let items = config.items else {
      return [try entry(config, initializer: initializer, path: path)]
    }
    var entries: [(name: String, initializer: Initializer)] = []
    for (index, item) in items.enumerated() {
      entries.append(try entry(item, initializer: initializer, path: path.appending(index)))
    }
    return entries
  }

  private static func entry(
    _ config: Config, initializer: Initializer, path: ConfigPath
  ) throws(ConfigError) -> (name: String, initializer: Initializer) {
    var reader = try ConfigReader(config, path: path)
    let name: String = try reader.read("name")
    // Only a name means: as the rule itself says.
    let own = reader.contains("type") ? try Initializer(&reader) : initializer
    try reader.finish()
    return (name, own)
  }
}
