internal import Configs
public import NN
internal import OrderedCollections
public import Tensors
internal import Zoo

/// A block of which one of several choices computes, as in one-shot architecture search.
///
/// The choices are children `choices.<name>`. Until a subnet is set, the first choice computes; the
/// original sums up all of them then, which ``Selection/all`` still offers for counting the whole
/// supernet.
public final class OneShotOP: BaseModule, Layer {
  public enum Selection: Hashable, Sendable {
    /// The choice at this index of ``choiceNames``.
    case one(Int)
    /// The sum of all choices.
    case all
  }

  public let spaceID: String
  @Child public private(set) var choices: ModuleDictionary
  public var selection = Selection.one(0)

  /// - Parameter choices: at least one.
  public init(
    spaceID: String, choices: [(name: String, layer: any Layer)], initRules: InitRules? = nil
  ) {
    precondition(!choices.isEmpty, "space '\(spaceID)' has no choices")
    self.spaceID = spaceID
    self.choices = ModuleDictionary(choices)
    super.init(initRules: initRules)
  }

  /// Builds the choices of `config` for the place of `placeholder`.
  convenience init(
    _ config: Config, path: ConfigPath, scope: Scope, for placeholder: Placeholder,
    in context: BuildContext
  ) throws {
    var reader = try ConfigReader(config, path: path, scope: scope)
    _ = try reader.read("type", as: String.self)
    let choicePath = path.appending("choices")
    let choices: Config = try reader.read("choices")
    let chosenCount: Int = try reader.read("num_chosen", default: 1)
    let initRules: InitRules? = try reader.readIfPresent("init_cfg")
    try reader.finish()
    guard chosenCount == 1 else {
      throw ConfigError.invalidValue(
        path: path.appending("num_chosen"),
        message: "a OneShotOP chooses exactly 1, not \(chosenCount)")
    }
    guard let entries = choices.dictionary else {
      throw ConfigError.wrongType(path: choicePath, expected: "dict", found: choices.kindName)
    }
    guard !entries.isEmpty else {
      throw ConfigError.invalidValue(path: choicePath, message: "there must be at least 1 choice")
    }
    let layers = try entries.map { key, value in
      let layer = try context.catalogs.operations.build(
        value.overridden(by: placeholder.choiceArguments), path: choicePath.appending(key.text),
        scope: scope, context: context)
      return (name: key.text, layer: layer)
    }
    self.init(spaceID: placeholder.spaceID, choices: layers, initRules: initRules)
  }

  public var choiceNames: [String] { choices.names }

  public override var calledChildren: [Module] {
    guard case .one(let index) = selection else { return choices.layers }
    return [choices.layers[index]]
  }

  public func forward(_ input: Tensor) -> Tensor {
    switch selection {
    case .one(let index):
      return choices.layers[index](input)
    case .all:
      let values = choices.layers.map { $0(input) }
      return values.dropFirst().reduce(values[0]) { $0 + $1 }
    }
  }

  /// Removes every choice but `name`, for good.
  func keepOnly(_ name: String) {
    for other in choiceNames where other != name { choices.removeChild(other) }
    selection = .one(0)
  }
}

extension Config {
  /// This dictionary with the entries of `other` set.
  fileprivate func overridden(by other: Config) -> Config {
    var result = self
    for (key, value) in other.dictionary ?? [:] { result[key.text] = value }
    return result
  }
}
