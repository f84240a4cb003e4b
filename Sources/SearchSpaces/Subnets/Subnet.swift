public import OrderedCollections

/// A network of a search space: for each space the names of the chosen blocks.
public struct Subnet: Sendable {
  /// From space id to chosen names, in the order of the supernet (or of the file).
  public var chosen: OrderedDictionary<String, [String]>

  public init(_ chosen: OrderedDictionary<String, [String]>) {
    self.chosen = chosen
  }

  /// The single chosen name of a space.
  public subscript(spaceID: String) -> String? { chosen[spaceID]?.first }
}

extension Subnet: Hashable {
  /// Subnets are the same when they choose the same, in whatever order the spaces are told.
  public static func == (a: Subnet, b: Subnet) -> Bool {
    a.chosen.count == b.chosen.count && a.chosen.allSatisfy { b.chosen[$0.key] == $0.value }
  }

  public func hash(into hasher: inout Hasher) {
    // A sum does not depend on the order.
    var sum = 0
    for (id, names) in chosen {
      var entry = Hasher()
      entry.combine(id)
      entry.combine(names)
      sum &+= entry.finalize()
    }
    hasher.combine(sum)
  }
}
