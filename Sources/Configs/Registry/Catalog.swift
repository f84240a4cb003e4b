/// A registry: the components of one kind, each under its scope and its `type` name in configs.
///
/// Every target that has components of a kind supplies tables; the program joins them, and may add
/// entries while it runs. A `type` may carry a scope, as in mmcv (`mmcls.ImageClassifier`): it is
/// looked up there. A bare name is looked up in the scope of the component that it is a part of.
/// Either search goes on in the parents of the scope.
public struct Catalog<Product, Context>: Sendable {
  /// Builds a component from its fields. Keys that it does not read are reported as unknown.
  public typealias Make = @Sendable (inout ConfigReader, Context) throws -> Product
  /// Components of one scope by name.
  public typealias Table = [String: Make]

  /// What the components are, for messages: `backbone`, `hook`.
  public let kind: String

  private var tables: [String: Table] = [:]
  private var scopes: [String: Scope] = [:]
  /// By scope, the names that the original library registers, separated by spaces.
  private var upstream: [String: String] = [:]

  /// A catalog without components.
  public init(_ kind: String) {
    self.kind = kind
  }

  /// - Parameter scope: the library that the names come from.
  public init(_ kind: String, scope: Scope, _ table: Table) {
    self.init(kind)
    add(table, scope: scope)
  }
}

// MARK: - Filling

extension Catalog {
  /// Adds a component, which this scope must not have under this name.
  public mutating func add(_ name: String, scope: Scope, make: @escaping Make) {
    add([name: make], scope: scope)
  }

  /// Adds the components of a table, none of which this scope may have.
  public mutating func add(_ table: Table, scope: Scope) {
    let present = scopes.updateValue(scope, forKey: scope.name)
    precondition(
      present == nil || present == scope, "two scopes of different parents are named '\(scope)'")
    for (name, make) in table {
      let present = tables[scope.name, default: [:]].updateValue(make, forKey: name)
      precondition(present == nil, "two \(kind) components are both named '\(scope).\(name)'")
    }
  }

  /// This catalog with the components of `other` added.
  public func joined(with other: Catalog) -> Catalog {
    var result = self
    for (name, table) in other.tables {
      if let scope = other.scopes[name] { result.add(table, scope: scope) }
    }
    for (scope, names) in other.upstream { result.upstream[scope, default: ""] += " " + names }
    return result
  }

  /// Tells which names the original library has, so that an absent one is not taken for a
  /// misspelling.
  ///
  /// - Parameter names: separated by spaces; they are looked at only when a name is unknown.
  public mutating func note(upstream names: String, scope: Scope) {
    upstream[scope.name, default: ""] += " " + names
  }
}

// MARK: - Building

extension Catalog {
  /// Builds the component that `config["type"]` names from the other keys of `config`.
  ///
  /// - Parameter scope: where the component is asked for. The component builds its parts in the
  ///   scope that its type is written with, or in this one.
  /// - Throws: `ConfigError` for an unknown type or key, and whatever the component throws.
  public func build(
    _ config: Config, path: ConfigPath, scope: Scope, context: Context
  ) throws -> Product {
    let entry = try entry(of: config, path: path, scope: scope)
    var reader = try ConfigReader(config, path: path, scope: entry.scope)
    _ = try reader.read("type", as: String.self)
    let product = try entry.make(&reader, context)
    try reader.finish()
    return product
  }

  /// Checks that there is a component for `config["type"]`, without building it.
  ///
  /// - Throws: `ConfigError` as ``build(_:path:scope:context:)`` does for the type.
  public func checkType(of config: Config, path: ConfigPath, scope: Scope) throws(ConfigError) {
    _ = try entry(of: config, path: path, scope: scope)
  }

  /// Whether `type`, with or without scope, names a component that `scope` sees.
  public func contains(_ type: String, scope: Scope) -> Bool {
    guard let search = Search(type, from: scope, named: scopes) else { return false }
    return maker(search) != nil
  }

  /// The bare names that `scope` sees, sorted.
  public func names(seenFrom scope: Scope) -> [String] {
    Set(scope.lineage.flatMap { tables[$0].map { Array($0.keys) } ?? [] }).sorted()
  }

  private func entry(
    of config: Config, path: ConfigPath, scope: Scope
  ) throws(ConfigError) -> (make: Make, scope: Scope) {
    var reader = try ConfigReader(config, path: path)
    let type: String = try reader.read("type")
    guard let search = Search(type, from: scope, named: scopes), let make = maker(search) else {
      throw unknown(type, path: path.appending("type"), scope: scope)
    }
    return (make, search.scope)
  }

  private func maker(_ search: Search) -> Make? {
    for place in search.places {
      if let make = tables[place]?[search.name] { return make }
    }
    return nil
  }

  private func unknown(_ type: String, path: ConfigPath, scope: Scope) -> ConfigError {
    guard let search = Search(type, from: scope, named: scopes) else {
      let names = Set(scopes.keys).union(Scope.known.map(\.name)).sorted()
      let (prefix, name) = Search.split(type)
      let nearest = prefix.flatMap { NearestName.of($0, among: names) }.map { "\($0).\(name)" }
      return .unknownType(path: path, kind: kind, name: type, nearest: nearest)
    }
    let elsewhere = tables.keys.sorted().filter { tables[$0]?[search.name] != nil }
      .map { "\($0).\(search.name)" }
    let isMissing = upstream.contains { scope, names in
      tables[scope]?[search.name] == nil && names.split(separator: " ").contains(search.name[...])
    }
    if isMissing {
      return .unavailableType(path: path, kind: kind, name: type, elsewhere: elsewhere)
    }
    guard elsewhere.isEmpty else {
      return .typeOutOfScope(path: path, kind: kind, name: type, elsewhere: elsewhere)
    }
    let names = Set(search.places.flatMap { tables[$0].map { Array($0.keys) } ?? [] }).sorted()
    let nearest = NearestName.of(search.name, among: names)
    return .unknownType(
      path: path, kind: kind, name: type, nearest: nearest.map { search.written($0) })
  }
}

/// The place where a `type` is looked up.
private struct Search {
  let name: String
  /// The names of the scopes, in order.
  let places: [String]
  /// The scope in which the component builds its parts.
  let scope: Scope
  private let prefix: String?

  /// - Parameters:
  ///   - asking: where the component is a part of another.
  ///   - scopes: the scopes that a type may be written with, beside those of OpenMMLab.
  init?(_ type: String, from asking: Scope, named scopes: [String: Scope]) {
    (prefix, name) = Self.split(type)
    guard let prefix else {
      places = asking.lineage
      scope = asking
      return
    }
    guard let named = scopes[prefix] ?? Scope.known.first(where: { $0.name == prefix }) else {
      return nil
    }
    // The scope of the toolkit may stand before any name.
    places = named.lineage + (named == .mmrazor ? asking.lineage : [])
    // A library's own parents are no other library.
    scope = asking.sees(named) ? asking : named
  }

  static func split(_ type: String) -> (prefix: String?, name: String) {
    guard let dot = type.firstIndex(of: ".") else { return (nil, type) }
    return (String(type[..<dot]), String(type[type.index(after: dot)...]))
  }

  /// Another name as it would be written in the place of the one searched for.
  func written(_ other: String) -> String {
    prefix == nil || prefix == Scope.mmrazor.name ? other : "\(prefix ?? "").\(other)"
  }
}
