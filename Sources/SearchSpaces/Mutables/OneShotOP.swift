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
public final class OneShotOP: BaseModule, Layer, Mutable {
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

  /// Reads `dict(choices=dict(name=dict(type=…), …))` for one place of a network.
  convenience init(_ reader: inout ConfigReader, in context: MutableContext) throws {
    let path = reader.path.appending("choices")
    let choices: Config = try reader.read("choices")
    let chosenCount: Int = try reader.read("num_chosen", default: 1)
    let initRules: InitRules? = try reader.readIfPresent("init_cfg")
    guard chosenCount == 1 else {
      throw ConfigError.invalidValue(
        path: reader.path.appending("num_chosen"),
        message: "a OneShotOP chooses exactly 1, not \(chosenCount)")
    }
    guard let entries = choices.dictionary else {
      throw ConfigError.wrongType(path: path, expected: "dict", found: choices.kindName)
    }
    guard !entries.isEmpty else {
      throw ConfigError.invalidValue(path: path, message: "there must be at least 1 choice")
    }
    let scope = reader.scope
    let layers = try entries.map { key, value in
      let layer = try context.catalogs.operations.build(
        value, path: path.appending(key.text), scope: scope,
        context: OperationContext(context.shape, in: context.build))
      return (name: key.text, layer: layer)
    }
    self.init(spaceID: context.spaceID, choices: layers, initRules: initRules)
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

  public func keepOnly(_ names: [String]) {
    for other in choiceNames where !names.contains(other) { choices.removeChild(other) }
    selection = .one(0)
  }
}
