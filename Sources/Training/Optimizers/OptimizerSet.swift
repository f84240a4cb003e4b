public import OrderedCollections

/// The optimizers of a run: one, or several that a model steps by name.
public enum OptimizerSet {
  case single(Optimizer)
  case named(OrderedDictionary<String, Optimizer>)

  /// Every optimizer, in the config's order.
  public var all: [Optimizer] {
    switch self {
    case .single(let optimizer): [optimizer]
    case .named(let optimizers): Array(optimizers.values)
    }
  }

  /// Whether a parameter has a gradient that no step has used yet.
  var holdGradients: Bool { all.contains(where: \.holdsGradients) }

  /// The optimizer of that name, among several.
  public subscript(name: String) -> Optimizer? {
    guard case .named(let optimizers) = self else { return nil }
    return optimizers[name]
  }

  /// The optimizer, when there is just one.
  public var only: Optimizer? {
    guard case .single(let optimizer) = self else { return nil }
    return optimizer
  }
}
