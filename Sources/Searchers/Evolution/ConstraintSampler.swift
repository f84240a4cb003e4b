internal import Algorithms
internal import Configs
internal import NN
internal import OrderedCollections
internal import SearchSpaces
internal import Tensors

/// Draws subnets that keep a FLOPs limit.
struct ConstraintSampler {
  private let search: BlockSearch
  private let limit: Double
  /// Per search space the choice with the fewest FLOPs.
  private let cheapest: Subnet

  /// - Throws: ``SearchError/unsatisfiableConstraint(path:limit:smallest:)`` when not even the
  ///   cheapest subnet keeps the limit.
  init(
    _ search: BlockSearch, limit: Double, path: ConfigPath
  ) throws(SearchError) {
    self.search = search
    self.limit = limit
    var cheapest = Subnet([:])
    for space in search.mutator.searchSpaces { cheapest.chosen[space.id] = [space.choiceNames[0]] }
    // The cost of a block does not depend on the choices of others, so each is minimised alone.
    for space in search.mutator.searchSpaces {
      let options = space.choiceNames.map { name in
        var subnet = cheapest
        subnet.chosen[space.id] = [name]
        return subnet
      }
      cheapest =
        options.min { search.complexity(of: $0).flops < search.complexity(of: $1).flops }
        ?? cheapest
    }
    self.cheapest = cheapest
    let smallest = search.complexity(of: cheapest).flops
    guard Double(smallest) < limit else {
      throw .unsatisfiableConstraint(path: path, limit: limit, smallest: smallest)
    }
  }

  func accepts(_ subnet: Subnet) -> Bool {
    Double(search.complexity(of: subnet).flops) < limit
  }

  /// A random subnet within the limit: uniform over those within it where chance finds one, else a
  /// random one made cheaper space by space.
  func draw(_ generator: inout Generator) -> Subnet {
    var subnet = search.mutator.sampleSubnet(&generator)
    for _ in 0..<1000 {
      if accepts(subnet) { return subnet }
      subnet = search.mutator.sampleSubnet(&generator)
    }
    for space in search.mutator.searchSpaces.shuffled(using: &generator) {
      if accepts(subnet) { break }
      subnet.chosen[space.id] = cheapest.chosen[space.id]
    }
    return subnet
  }
}
