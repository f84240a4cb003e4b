public import Checkpoints
public import OrderedCollections
public import Pruning
internal import Tensors

/// What `latest.pkl` holds: where a greedy search stands between two steps.
public struct GreedyState {
  /// A subnet that meets a target.
  public struct Result: Equatable, Sendable {
    public var flops: Int
    public var channels: ChannelConfig

    public init(flops: Int, channels: ChannelConfig) {
      self.flops = flops
      self.channels = channels
    }
  }

  /// Which bins of each space live.
  public var bins: ChannelBins
  /// What the subnet of these bins costs.
  public var flops: Int
  /// What was found so far, widest first.
  public var results: [Result]

  public init(bins: ChannelBins, flops: Int, results: [Result] = []) {
    self.bins = bins
    self.flops = flops
    self.results = results
  }
}

// MARK: - Writing

extension GreedyState {
  /// The state in upstream's form.
  public var pickled: PickleValue {
    var subnet = PickleDictionary()
    for (spaceID, live) in bins {
      let mask = live.map { $0 ? 1 as Float : 0 }
      subnet[.string(spaceID)] = .tensor(StoredTensor(floats: mask, shape: [mask.count]))
    }
    return [
      "result_subnet": .list(results.map { Self.pickled($0.channels) }),
      "result_flops": .list(results.map { .int($0.flops) }),
      "subnet": .dict(subnet),
      "flops": .int(flops),
    ]
  }

  private static func pickled(_ config: ChannelConfig) -> PickleValue {
    var layers = PickleDictionary()
    for (path, layer) in config.layers {
      var fields = PickleDictionary()
      for field in ChannelConfig.Layer.Field.allCases {
        if let channels = layer[field] { fields[.string(field.rawValue)] = .int(channels) }
      }
      layers[.string(path)] = .dict(fields)
    }
    return .dict(layers)
  }
}

// MARK: - Reading

extension GreedyState {
  /// Reads a state that this or the original program wrote.
  ///
  /// - Parameter file: where it comes from, for messages.
  /// - Throws: ``SearchError/unusableState(file:reason:)``.
  public init(_ value: PickleValue, file: String) throws(SearchError) {
    func refuse(_ reason: String) -> SearchError { .unusableState(file: file, reason: reason) }
    guard let subnet = value["subnet"]?.dictionary, let flops = value["flops"]?.integer,
      let configs = value["result_subnet"]?.elements, let costs = value["result_flops"]?.elements,
      configs.count == costs.count
    else { throw refuse("it is not the state of a greedy search") }
    var bins: ChannelBins = [:]
    for (spaceID, item) in subnet.textEntries {
      guard let mask = item.tensor else { throw refuse("the bins of '\(spaceID)' are no tensor") }
      do {
        bins[spaceID] = try mask.floats().map { $0 != 0 }
      } catch {
        throw refuse("\(error)")
      }
    }
    var results: [Result] = []
    for (config, cost) in zip(configs, costs) {
      guard let cost = cost.integer, let channels = Self.channels(config) else {
        throw refuse("a result is not the channels of a subnet")
      }
      results.append(Result(flops: cost, channels: channels))
    }
    self.init(bins: bins, flops: flops, results: results)
  }

  private static func channels(_ value: PickleValue) -> ChannelConfig? {
    guard let entries = value.dictionary?.textEntries else { return nil }
    var layers: OrderedDictionary<String, ChannelConfig.Layer> = [:]
    for (path, fields) in entries {
      guard let outChannels = fields["out_channels"]?.integer else { return nil }
      var layer = ChannelConfig.Layer(outChannels: outChannels, rawOutChannels: nil)
      for field in ChannelConfig.Layer.Field.allCases where field != .outChannels {
        layer[field] = fields[.string(field.rawValue)]?.integer
      }
      layers[path] = layer
    }
    return ChannelConfig(layers)
  }
}

extension ChannelConfig.Layer {
  /// The fields by upstream's names, in upstream's order.
  fileprivate enum Field: String, CaseIterable {
    case inChannels = "in_channels"
    case rawInChannels = "raw_in_channels"
    case outChannels = "out_channels"
    case rawOutChannels = "raw_out_channels"
  }

  fileprivate subscript(field: Field) -> Int? {
    get {
      switch field {
      case .inChannels: inChannels
      case .rawInChannels: rawInChannels
      case .outChannels: outChannels
      case .rawOutChannels: rawOutChannels
      }
    }
    set {
      switch field {
      case .inChannels: inChannels = newValue
      case .rawInChannels: rawInChannels = newValue
      case .outChannels: outChannels = newValue ?? outChannels
      case .rawOutChannels: rawOutChannels = newValue
      }
    }
  }
}
