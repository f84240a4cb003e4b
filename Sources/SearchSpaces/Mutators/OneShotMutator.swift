public import Configs
public import NN
internal import OrderedCollections
public import Tensors
public import Zoo

/// Turns a network with placeholders into a supernet, and its blocks to the choices of a subnet.
///
/// Guo et al., "Single path one-shot neural architecture search with uniform sampling" (2020).
public final class OneShotMutator {
  /// From placeholder group to the config of what stands in its place.
  public let placeholderMapping: Config?
  private let path: ConfigPath
  /// The library whose components bare names of the mapping mean.
  private let scope: Scope

  /// The decisions of the supernet, in the order its modules have them.
  public private(set) var searchSpaces: [SearchSpace] = []
  /// The subnet that the supernet computes now; `nil` before any was set.
  public private(set) var currentSubnet: Subnet?

  public init(
    placeholderMapping: Config?, path: ConfigPath = .root, scope: Scope = .mmrazor
  ) {
    self.placeholderMapping = placeholderMapping
    self.path = path
    self.scope = scope
  }

  convenience init(_ reader: inout ConfigReader) throws(ConfigError) {
    _ = try reader.readIfPresent("init_cfg", as: InitRules.self)
    let path = reader.path.appending("placeholder_mapping")
    self.init(
      placeholderMapping: try reader.readIfPresent("placeholder_mapping"), path: path,
      scope: reader.scope)
  }

  /// Replaces the placeholders of `supernet` by their choices and collects the search spaces.
  ///
  /// - Throws: ``SearchSpaceError/unmappedGroup(path:group:nearest:)``, and what building the
  ///   choices throws.
  public func prepare(_ supernet: Module, in context: BuildContext) throws {
    if let placeholderMapping {
      try fillPlaceholders(of: supernet, from: placeholderMapping, in: context)
    }
    searchSpaces = Self.collectSpaces(of: supernet)
    currentSubnet = nil
  }

  private func fillPlaceholders(
    of module: Module, from mapping: Config, in context: BuildContext
  ) throws {
    for (name, child) in module.children {
      guard let placeholder = child as? Placeholder else {
        try fillPlaceholders(of: child, from: mapping, in: context)
        continue
      }
      guard let config = mapping[placeholder.group] else {
        throw SearchSpaceError.unmappedGroup(
          path: path.description, group: placeholder.group,
          nearest: NearestName.of(
            placeholder.group, among: mapping.dictionary?.keys.map(\.text) ?? []))
      }
      let mutable = try makeMutable(
        config, path: path.appending(placeholder.group), for: placeholder, in: context)
      try module.replaceChild(name, with: mutable)
    }
  }

  private func makeMutable(
    _ config: Config, path: ConfigPath, for placeholder: Placeholder, in context: BuildContext
  ) throws -> Module {
    let type = try String(config: config["type"] ?? .none, path: path.appending("type"))
    guard ["OneShotOP", "mmrazor.OneShotOP"].contains(type) else {
      throw ConfigError.unknownType(
        path: path.appending("type"), kind: "mutable", name: type,
        nearest: NearestName.of(type, among: ["OneShotOP"]))
    }
    return try OneShotOP(config, path: path, scope: scope, for: placeholder, in: context)
  }

  private static func collectSpaces(of supernet: Module) -> [SearchSpace] {
    var spaces: OrderedDictionary<String, SearchSpace> = [:]
    supernet.forEachModule { module in
      guard let block = module as? OneShotOP else { return }
      if let present = spaces[block.spaceID] {
        precondition(
          present.choiceNames == block.choiceNames,
          "space '\(block.spaceID)' has blocks with different choices")
        spaces[block.spaceID]?.blocks.append(block)
      } else {
        spaces[block.spaceID] = SearchSpace(
          id: block.spaceID, choiceNames: block.choiceNames, blocks: [block])
      }
    }
    return Array(spaces.values)
  }
}

// MARK: - Sampling

extension OneShotMutator {
  /// A subnet with each choice drawn uniformly.
  public func sampleSubnet(_ generator: inout Generator) -> Subnet {
    var chosen: OrderedDictionary<String, [String]> = [:]
    for space in searchSpaces { chosen[space.id] = [draw(space, &generator)] }
    return Subnet(chosen)
  }

  /// `subnet` with each space drawn anew with `probability`.
  public func mutate(
    _ subnet: Subnet, probability: Double = 0.1, _ generator: inout Generator
  ) -> Subnet {
    var result = subnet
    for space in searchSpaces where generator.uniform() < probability {
      result.chosen[space.id] = [draw(space, &generator)]
    }
    return result
  }

  /// A subnet that takes each space from the one or the other with equal probability.
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
  /// Makes the supernet compute `subnet`.
  ///
  /// The subnet must fit the search spaces; check one that a user named with ``check(_:file:)``.
  public func setSubnet(_ subnet: Subnet) {
    for space in searchSpaces {
      guard let name = subnet[space.id], let index = space.index(of: name) else {
        preconditionFailure(
          "the subnet chooses '\(subnet[space.id] ?? "nothing")' for space '\(space.id)' "
            + "with choices \(space.choiceNames)")
      }
      for block in space.blocks { block.selection = .one(index) }
    }
    currentSubnet = subnet
  }

  /// Makes every block the sum of its choices, as the original's supernet is before any subnet is
  /// set. Only counting what a supernet costs needs this.
  public func selectAll() {
    for space in searchSpaces {
      for block in space.blocks { block.selection = .all }
    }
    currentSubnet = nil
  }

  /// Makes every block compute its first choice, as right after ``prepare(_:in:)``.
  public func clearSubnet() {
    for space in searchSpaces {
      for block in space.blocks { block.selection = .one(0) }
    }
    currentSubnet = nil
  }

  /// Checks that `subnet` decides on exactly the spaces of the supernet, among their choices.
  ///
  /// - Parameter file: where the subnet comes from, for messages.
  public func check(_ subnet: Subnet, file: String? = nil) throws(SearchSpaceError) {
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

  /// Removes every block that `subnet` does not choose. The chosen ones keep their names
  /// (`choices.<name>`); the search spaces shrink to what is left.
  ///
  /// - Parameter file: where the subnet comes from, for messages.
  public func deploySubnet(_ subnet: Subnet, file: String? = nil) throws(SearchSpaceError) {
    try check(subnet, file: file)
    searchSpaces = searchSpaces.map { space in
      let name = subnet[space.id] ?? space.choiceNames[0]
      for block in space.blocks { block.keepOnly(name) }
      return SearchSpace(id: space.id, choiceNames: [name], blocks: space.blocks)
    }
    currentSubnet = subnet
  }
}

// MARK: - Masks

extension OneShotMutator {
  /// The subnet as the original stores it in search checkpoints: per space one number per choice,
  /// 1 for the chosen.
  public func masks(of subnet: Subnet) -> [(spaceID: String, mask: [Float])] {
    searchSpaces.map { space in
      (space.id, space.choiceNames.map { subnet.chosen[space.id]?.contains($0) == true ? 1 : 0 })
    }
  }

  /// The subnet that masks stand for; `nil` when they do not fit the search spaces.
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
