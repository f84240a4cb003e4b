internal import Configs
public import NN
internal import OrderedCollections
public import Tensors

/// Searches among the subnets of a supernet that have one choice in each block.
///
/// Guo et al., "Single path one-shot neural architecture search with uniform sampling" (2020).
public final class OneShotMutator: Module, SubnetMutator {
  private let mapping: PlaceholderMapping?
  private var spaces: [SpaceBlocks<OneShotOP>] = []

  public private(set) var currentSubnet: Subnet?

  /// - Parameter mapping: `nil` for a network that has its blocks already.
  public init(_ mapping: PlaceholderMapping?) {
    self.mapping = mapping
    super.init()
  }

  convenience init(_ reader: inout ConfigReader) throws(ConfigError) {
    _ = try reader.readIfPresent("init_cfg", as: InitRules.self)
    self.init(try PlaceholderMapping(&reader))
  }

  public var searchSpaces: [SearchSpace] { spaces.map(\.space) }

  public func prepare(_ supernet: Module, in context: MutatorContext) throws {
    try mapping?.fill(supernet, in: context)
    spaces = SpaceBlocks.all(of: supernet)
    currentSubnet = nil
  }

  public func measureSubnets(
    of supernet: Module, input: Shape, on device: any Device, forward: (Tensor) -> Void
  ) -> SubnetComplexity {
    let previous = currentSubnet
    clearSubnet()
    defer { if let previous { setSubnet(previous) } else { clearSubnet() } }
    return SubnetComplexity(
      of: supernet, spaces, input: input, on: device, forward: forward)
  }
}

// MARK: - Sampling

extension OneShotMutator {
  public func sampleSubnet(_ generator: inout Generator) -> Subnet {
    var chosen: OrderedDictionary<String, [String]> = [:]
    for space in searchSpaces { chosen[space.id] = [draw(space, &generator)] }
    return Subnet(chosen)
  }

  public func mutate(
    _ subnet: Subnet, probability: Double, _ generator: inout Generator
  ) -> Subnet {
    var result = subnet
    for space in searchSpaces where generator.uniform() < probability {
      result.chosen[space.id] = [draw(space, &generator)]
    }
    return result
  }

  public func crossOver(_ a: Subnet, _ b: Subnet, _ generator: inout Generator) -> Subnet {
    var result = a
    for (id, names) in b.chosen where generator.uniform() < 0.5 { result.chosen[id] = names }
    return result
  }

  private func draw(_ space: SearchSpace, _ generator: inout Generator) -> String {
    space.choiceNames[generator.integer(below: space.choiceNames.count)]
  }
}

// MARK: - Applying

extension OneShotMutator {
  public func setSubnet(_ subnet: Subnet) {
    for (space, blocks) in spaces.map({ ($0.space, $0.blocks) }) {
      guard let name = subnet[space.id], let index = space.index(of: name) else {
        preconditionFailure(
          "the subnet chooses '\(subnet[space.id] ?? "nothing")' for space '\(space.id)' "
            + "with choices \(space.choiceNames)")
      }
      for block in blocks { block.selection = .one(index) }
    }
    currentSubnet = subnet
  }

  public func selectAll() { select(.all) }

  public func clearSubnet() { select(.one(0)) }

  private func select(_ selection: OneShotOP.Selection) {
    for block in spaces.flatMap(\.blocks) { block.selection = selection }
    currentSubnet = nil
  }

  public func check(_ subnet: Subnet, file: String?) throws(SearchSpaceError) {
    let ids = searchSpaces.map(\.id)
    for id in subnet.chosen.keys where !ids.contains(id) {
      throw .unknownSpace(file: file, spaceID: id, nearest: NearestName.of(id, among: ids))
    }
    for space in searchSpaces {
      guard let names = subnet.chosen[space.id] else {
        throw .missingSpace(file: file, spaceID: space.id)
      }
      guard names.count == 1 else {
        throw .wrongChoiceCount(file: file, spaceID: space.id, count: names.count)
      }
      for name in names where space.index(of: name) == nil {
        throw .unknownChoice(
          file: file, spaceID: space.id, choice: name,
          nearest: NearestName.of(name, among: space.choiceNames), choices: space.choiceNames)
      }
    }
  }

  /// The chosen blocks keep their names (`choices.<name>`); the search spaces shrink to what is
  /// left.
  public func deploySubnet(_ subnet: Subnet, file: String?) throws(SearchSpaceError) {
    try check(subnet, file: file)
    spaces = spaces.map { $0.keeping(subnet.chosen[$0.space.id] ?? []) }
    currentSubnet = subnet
  }
}

// MARK: - Masks

extension OneShotMutator {
  public func masks(of subnet: Subnet) -> [(spaceID: String, mask: [Float])] {
    searchSpaces.map { space in
      (space.id, space.choiceNames.map { subnet.chosen[space.id]?.contains($0) == true ? 1 : 0 })
    }
  }

  public func subnet(fromMasks masks: [(spaceID: String, mask: [Float])]) -> Subnet? {
    var chosen: OrderedDictionary<String, [String]> = [:]
    for space in searchSpaces {
      guard let mask = masks.first(where: { $0.spaceID == space.id })?.mask,
        mask.count == space.choiceNames.count
      else { return nil }
      let names = zip(space.choiceNames, mask).filter { $0.1 == 1 }.map(\.0)
      guard names.count == 1 else { return nil }
      chosen[space.id] = names
    }
    return Subnet(chosen)
  }
}
