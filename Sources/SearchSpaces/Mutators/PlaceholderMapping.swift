public import Configs
internal import NN
internal import OrderedCollections

/// The mutables that take the places of a supernet's placeholders, by group: the
/// `placeholder_mapping` of a mutator.
public struct PlaceholderMapping {
  /// From group to the config of a mutable.
  public let config: Config
  let path: ConfigPath
  /// The library whose components bare names mean.
  let scope: Scope

  public init(_ config: Config, path: ConfigPath = .root, scope: Scope = .mmrazor) {
    self.config = config
    self.path = path
    self.scope = scope
  }

  /// Reads `placeholder_mapping`, which may be absent.
  init?(_ reader: inout ConfigReader) throws(ConfigError) {
    let path = reader.path.appending("placeholder_mapping")
    guard let config: Config = try reader.readIfPresent("placeholder_mapping") else { return nil }
    guard config.dictionary != nil else {
      throw .wrongType(path: path, expected: "dict", found: config.kindName)
    }
    self.init(config, path: path, scope: reader.scope)
  }

  /// Replaces every placeholder below `supernet`. A group that no placeholder asks for is warned
  /// of.
  func fill(_ supernet: Module, in context: MutatorContext) throws {
    var asked: Set<String> = []
    try fill(supernet, in: context, &asked)
    for group in groups where !asked.contains(group) {
      let nearest = NearestName.of(group, among: asked.sorted())
      context.warn(
        "\(path.appending(group)): no placeholder of the supernet asks for this group"
          + (nearest.map { "; did you mean '\($0)'?" } ?? ""))
    }
  }

  private func fill(
    _ module: Module, in context: MutatorContext, _ asked: inout Set<String>
  ) throws {
    for (name, child) in module.children {
      guard let placeholder = child as? Placeholder else {
        try fill(child, in: context, &asked)
        continue
      }
      asked.insert(placeholder.group)
      let mutable = try mutable(for: placeholder, in: context)
      try module.replaceChild(name, with: mutable)
      // A mutable may hold placeholders of its own.
      try fill(mutable, in: context, &asked)
    }
  }

  private func mutable(
    for placeholder: Placeholder, in context: MutatorContext
  ) throws -> any Mutable {
    guard let config = config[placeholder.group] else {
      throw SearchSpaceError.unmappedGroup(
        path: path.description, group: placeholder.group,
        nearest: NearestName.of(placeholder.group, among: groups))
    }
    return try context.catalogs.mutables.build(
      config, path: path.appending(placeholder.group), scope: scope,
      context: MutableContext(
        spaceID: placeholder.spaceID, shape: placeholder.shape, catalogs: context.catalogs,
        build: context.build))
  }

  private var groups: [String] { config.dictionary?.keys.map(\.text) ?? [] }
}
