internal import Algorithms
internal import NN
internal import OrderedCollections
internal import Pruning
internal import SearchSpaces
internal import Tensors

/// The choices of an algorithm, or else the parts of its network, as text.
struct AlgorithmDescription {
  private let algorithm: any Algorithm
  private let device: any Device
  private let height: Int
  private let width: Int

  init(_ algorithm: any Algorithm, on device: any Device, height: Int, width: Int) {
    self.algorithm = algorithm
    self.device = device
    self.height = height
    self.width = width
  }

  var text: String {
    if let search = algorithm.channelSearch { return describe(search) }
    if let mutator = algorithm.blockSearch?.mutator, !algorithm.isRetraining,
      !mutator.searchSpaces.isEmpty
    {
      return describe(mutator)
    }
    return describeModules()
  }

  private var name: String { "\(type(of: algorithm))" }

  private func cost(_ complexity: Complexity) -> String {
    "\(complexity.flopsText), \(complexity.parametersText) parameters"
  }
}

// MARK: - Channels

extension AlgorithmDescription {
  private func describe(_ search: ChannelSearch) -> String {
    let (pruner, subnets) = (search.pruner, search.subnets)
    let groups = pruner.channelReaders
    var table = TextTable(
      [("group", .left), ("channels", .right)]
        + subnets.indices.map { ("subnet \($0 + 1)", .right) }
        + [("made by", .left), ("read by", .left)])
    for (space, readers) in groups {
      let title = space.isSearched ? space.id : "\(space.id) (excepted)"
      let live = subnets.map { ["\($0[space.id]?.count ?? space.channelCount)"] }
      table.add(
        lines: [[title], ["\(space.channelCount)"]] + live + [space.layers, readers])
    }
    let searched = groups.count(where: { $0.space.isSearched })
    let whole = algorithm.complexity(height: height, width: width)
    var lines = [
      "\(name): \(searched) groups of channels that are narrowed together",
      "at full width: \(cost(whole)) at \(height) x \(width)",
    ]
    if subnets.isEmpty {
      pruner.setMinChannel()
      let ratios = [pruner.ratios.first, pruner.ratios.last].compactMap(\.self)
      lines.append(
        "ratios: \(pruner.ratios.count) from \(ratios.map(Self.percent).joined(separator: " to "))")
      if let flops = search.subnetFLOPs() {
        let least = Complexity(flops: flops, parameters: pruner.liveParameterCount(of: algorithm))
        lines.append("at the least width: \(cost(least))")
      }
      pruner.setMaxChannel()
    }
    return (lines + ["", table.text]).joined(separator: "\n")
  }

  private static func percent(_ ratio: Double) -> String {
    "\((ratio * 1000).rounded() / 10) %"
  }
}

// MARK: - Choices

extension AlgorithmDescription {
  private func describe(_ mutator: any SubnetMutator) -> String {
    var table = TextTable([("search space", .left), ("choices", .left)])
    for space in mutator.searchSpaces {
      table.add([space.id, space.choiceNames.joined(separator: ", ")])
    }
    let counts = mutator.searchSpaces.map { Double($0.choiceNames.count) }
    let subnets = counts.reduce(1, *)
    return """
      \(name): \(counts.count) search spaces, \(Self.count(subnets)) subnets
      with all choices: \(cost(algorithm.complexity(height: height, width: width))) at \
      \(height) x \(width)

      \(table.text)
      """
  }

  private static func count(_ number: Double) -> String {
    guard number >= 1e6 else { return "\(Int(number))" }
    var (mantissa, exponent) = (number, 0)
    while mantissa >= 9.95 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
    return "\((mantissa * 10).rounded() / 10)e\(exponent)"
  }
}

// MARK: - Modules

extension AlgorithmDescription {
  private func describeModules() -> String {
    let architecture = algorithm.architecture
    let costs = ModuleCosts(
      of: architecture.model, input: [1, architecture.inChannels, height, width], on: device,
      forward: architecture.forwardForCounting)
    var table = TextTable([
      ("module", .left), ("kind", .left), ("parameters", .right), ("FLOPs", .right),
    ])
    for entry in costs.entries {
      table.add([
        entry.path, entry.kind, "\(entry.complexity.parameters)", "\(entry.complexity.flops)",
      ])
    }
    let whole = algorithm.complexity(height: height, width: width)
    table.add(["(all)", "", "\(whole.parameters)", "\(whole.flops)"])
    return """
      \(type(of: architecture.model)): nothing to search, \(cost(whole)) at \(height) x \(width)

      \(table.text)
      """
  }
}
