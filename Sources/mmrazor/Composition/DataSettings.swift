internal import Algorithms
internal import Configs
internal import OrderedCollections
internal import Training
internal import Vision

/// The config's `data`: data sets and how they are loaded.
struct DataSettings {
  /// One of the data sets of a config.
  enum Part: String {
    case train, val, test
  }

  private var datasets: [Part: Config]
  private let shared: Config
  private let special: [Part: Config]
  private let catalogs: VisionCatalogs
  private let scope: Scope

  /// - Parameters:
  ///   - catalogs: the data sets and transforms that the config can name.
  ///   - scope: the library whose data sets and transforms bare names mean.
  /// - Throws: `ConfigError` when there is no `data` or it is not a dictionary.
  init(_ config: Config, from catalogs: VisionCatalogs, scope: Scope) throws {
    guard let data = config["data"] else { throw ConfigError.missingKey(path: .root, key: "data") }
    var reader = try ConfigReader(data, path: "data")
    var datasets: [Part: Config] = [:]
    var special: [Part: Config] = [:]
    for part in [Part.train, .val, .test] {
      datasets[part] = try reader.readIfPresent(part.rawValue)
      special[part] = try reader.readIfPresent("\(part.rawValue)_dataloader")
    }
    self.datasets = datasets
    self.special = special
    self.catalogs = catalogs
    self.scope = scope
    shared = .dict(reader.readRemaining())
  }

  /// Builds the data set of `part`.
  func dataset(
    _ part: Part, warn: @escaping @Sendable (String) -> Void
  ) throws -> any Dataset {
    guard let config = datasets[part] else {
      throw ConfigError.missingKey(path: "data", key: part.rawValue)
    }
    let context = VisionContext(catalogs: catalogs, isTesting: part != .train, warn: warn)
    return try context.buildDataset(
      config, path: ConfigPath(components: ["data", part.rawValue]), scope: scope)
  }

  /// The data sets of `part`, of which each has a loader of its own.
  func datasetsSideBySide(
    _ part: Part, warn: @escaping @Sendable (String) -> Void
  ) throws -> [any Dataset] {
    guard let items = datasets[part]?.items else { return [try dataset(part, warn: warn)] }
    let context = VisionContext(catalogs: catalogs, isTesting: part != .train, warn: warn)
    let path = ConfigPath(components: ["data", part.rawValue])
    return try items.enumerated().map { index, config in
      try context.buildDataset(config, path: path.appending(index), scope: scope)
    }
  }

  /// The validation set of a workflow with a `val` step: its images, through the pipeline of
  /// training.
  func validationSetForWorkflow(
    warn: @escaping @Sendable (String) -> Void
  ) throws -> any Dataset {
    var settings = self
    settings.datasets[.val]?["pipeline"] = datasets[.train]?["pipeline"]
    return try settings.dataset(.val, warn: warn)
  }

  /// The settings by which the batches of `part` are made: the shared keys, with those of
  /// `<part>_dataloader` over them.
  func loading(_ part: Part) throws -> LoaderSettings {
    var merged = shared.dictionary ?? [:]
    for (key, value) in special[part]?.dictionary ?? [:] { merged[key] = value }
    let path: ConfigPath =
      special[part] == nil
      ? "data" : ConfigPath(components: ["data", "\(part.rawValue)_dataloader"])
    var reader = try ConfigReader(.dict(merged), path: path)
    let settings = try LoaderSettings(&reader, shuffles: part == .train)
    try reader.finish()
    return settings
  }

  /// The batches of `part`; one whose images the network of `algorithm` does not take is an error
  /// that names the pipeline.
  func loader(
    _ part: Part, of dataset: any Dataset, for algorithm: any Algorithm, seed: UInt64,
    warn: @escaping @Sendable (String) -> Void
  ) throws -> any BatchSource {
    let settings = try loading(part)
    let loader = DataLoader(
      dataset: dataset, batchSize: settings.batchSize, workers: settings.workers,
      shuffle: settings.shuffles, seed: seed, dropLast: settings.dropsLast,
      joining: VisionTask.named(scope.name)?.joining ?? .refuse, warn: warn)
    return FittingSource(
      loader, channelCount: algorithm.architecture.inChannels,
      pipeline: ConfigPath(components: ["data", part.rawValue, "pipeline"]))
  }
}

/// The settings by which batches are made; upstream's arguments of `build_dataloader`.
struct LoaderSettings {
  var batchSize: Int
  var workers: Int
  var shuffles: Bool
  var dropsLast: Bool

  init(_ reader: inout ConfigReader, shuffles fallback: Bool) throws(ConfigError) {
    batchSize = try reader.read("samples_per_gpu")
    workers = try reader.read("workers_per_gpu")
    shuffles = try reader.read("shuffle", default: fallback)
    dropsLast = try reader.read("drop_last", default: false)
    // Workers are threads of this process: they persist, and there is no memory to pin.
    _ = try reader.readIfPresent("persistent_workers", as: Bool.self)
    _ = try reader.readIfPresent("pin_memory", as: Bool.self)
    _ = try reader.readIfPresent("prefetch_factor", as: Int.self)
    _ = try reader.readIfPresent("round_up", as: Bool.self)
    _ = try reader.readIfPresent("num_gpus", as: Int.self)
    _ = try reader.readIfPresent("sampler_cfg", as: Config.self)
    let path = reader.path
    guard batchSize > 0 else {
      throw .invalidValue(
        path: path.appending("samples_per_gpu"), message: "must be at least 1, found \(batchSize)")
    }
    guard workers >= 0 else {
      throw .invalidValue(
        path: path.appending("workers_per_gpu"), message: "must not be negative, found \(workers)")
    }
    guard batchSize <= Self.mostSamples else {
      throw .invalidValue(
        path: path.appending("samples_per_gpu"),
        message: "must be at most \(Self.mostSamples), found \(batchSize)")
    }
    guard workers <= Self.mostWorkers else {
      throw .invalidValue(
        path: path.appending("workers_per_gpu"),
        message: "must be at most \(Self.mostWorkers), found \(workers)")
    }
  }

  /// More than any machine's memory holds.
  private static let mostSamples = 1 << 24
  /// More threads than any machine has processors for.
  private static let mostWorkers = 1024
}
