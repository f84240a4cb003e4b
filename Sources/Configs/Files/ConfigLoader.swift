import OrderedCollections

/// Reads a config file and everything it inherits from.
///
/// Follows mmcv's `Config.fromfile`: `.py`, `.json` and `.yaml` files may be bases of one another,
/// relative to the file that names them; no two bases may define the same key; the file's own
/// values are merged into those of its bases.
public struct ConfigLoader<Evaluator: PythonEvaluator> {
  private let evaluator: Evaluator

  public init(evaluator: Evaluator) {
    self.evaluator = evaluator
  }

  /// Reads the config at `path`, which may be relative or begin with `~`.
  public func load(_ path: String) throws(ConfigFileError) -> LoadedConfig {
    let path = ConfigFilePath(path)
    let file = try load(path, chain: [])
    for key in ["filename", "text", "pretty_text"] where file.entries[.string(key)] != nil {
      throw .reservedKey(file: path.text, key: key)
    }
    return LoadedConfig(
      config: .dict(file.entries), filename: path.text, text: file.text, warnings: file.warnings)
  }

  /// A file with its bases merged in.
  private struct File {
    var entries: OrderedDictionary<Config.Key, Config> = [:]
    var text = ""
    var warnings: [ConfigWarning] = []
    /// Which file a top-level key comes from.
    var origins: [Config.Key: String] = [:]
  }

  private func load(
    _ path: ConfigFilePath, chain: [ConfigFilePath]
  ) throws(ConfigFileError) -> File {
    if let start = chain.firstIndex(of: path) {
      throw .baseCycle(files: (chain[start...] + [path]).map(\.text))
    }
    let chain = chain + [path]
    let format = try ConfigFormat(path)
    let source = try ConfigSource(reading: path, includedFrom: chain.dropLast().last?.text)
    var own: OrderedDictionary<Config.Key, Config>
    var bases: File
    switch format {
    case .python:
      if let names = try evaluator.basesNeeded(by: source) {
        bases = try loadBases(names, of: path, chain: chain)
        own = try evaluator.evaluate(source, seeing: .dict(bases.entries))
        own.removeValue(forKey: "_base_")
      } else {
        own = try evaluator.evaluate(source, seeing: nil)
        bases = try loadBases(own.removeValue(forKey: "_base_"), of: path, chain: chain)
      }
    case .json, .yaml:
      let references = BaseReferences(source.text, quoting: format == .json)
      let parsed =
        format == .json
        ? try JSONParser.parse(references.text, source: source)
        : try YAMLParser.parse(references.text, source: source)
      guard var entries = parsed.dictionary else {
        throw .notDictionary(file: path.text, found: parsed.kindName)
      }
      let names = entries.removeValue(forKey: "_base_")
      bases = try loadBases(names, of: path, chain: chain)
      let resolved = try references.resolve(
        .dict(entries), in: names.map { _ in .dict(bases.entries) }, file: path.text)
      own = resolved.dictionary ?? [:]
    }
    if let warning = Self.deprecation(own.removeValue(forKey: "_deprecation_"), path) {
      bases.warnings.append(warning)
    }
    return try Self.merge(own, into: bases, source: source)
  }

  private func loadBases(
    _ value: Config?, of path: ConfigFilePath, chain: [ConfigFilePath]
  ) throws(ConfigFileError) -> File {
    var result = File()
    for name in try Self.baseNames(value, file: path.text) {
      let base = try load(
        ConfigFilePath(name, relativeTo: path.directory), chain: chain)
      let duplicates = base.entries.keys.filter { result.entries[$0] != nil }
      if let key = duplicates.first {
        throw .duplicateKeys(
          file: path.text, keys: duplicates.map(\.text),
          first: result.origins[key] ?? "", second: base.origins[key] ?? "")
      }
      result.entries.merge(base.entries) { _, last in last }
      result.origins.merge(base.origins) { _, last in last }
      result.text += base.text + "\n"
      result.warnings += base.warnings
    }
    return result
  }

  private static func baseNames(_ value: Config?, file: String) throws(ConfigFileError) -> [String]
  {
    switch value {
    case nil: return []
    case .string(let name): return [name]
    case .list(let items):
      var names: [String] = []
      for item in items {
        guard let name = item.text else {
          throw .invalidBase(file: file, found: "a list with an item of type \(item.kindName)")
        }
        names.append(name)
      }
      return names
    case let other?:
      throw .invalidBase(file: file, found: other.kindName)
    }
  }

  private static func merge(
    _ own: OrderedDictionary<Config.Key, Config>, into bases: File, source: ConfigSource
  ) throws(ConfigFileError) -> File {
    var result = bases
    do {
      result.entries = try Config.dict(bases.entries).merging(own).dictionary ?? [:]
    } catch {
      let key = Config.Key.string(error.path.components.first ?? "")
      throw .conflictingKinds(
        file: source.file, path: error.path, base: bases.origins[key] ?? "", found: error.found)
    }
    for key in own.keys { result.origins[key] = source.file }
    result.text += source.file + "\n" + source.original
    return result
  }

  private static func deprecation(_ value: Config?, _ path: ConfigFilePath) -> ConfigWarning? {
    guard let value else { return nil }
    return .deprecated(
      file: path.text, successor: value["expected"]?.text, reference: value["reference"]?.text)
  }
}
