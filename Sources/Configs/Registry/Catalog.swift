/// A registry: the components of one kind, each under the `type` name that configs use.
///
/// Every target that has components of a kind supplies one literal table; the tables are joined
/// once, where the program is composed. As in mmcv, a `type` may carry the scope of the library
/// it comes from (`mmcls.ImageClassifier`).
public struct Catalog<Product, Context>: Sendable {
  /// Builds a component from its fields. Keys that it does not read are reported as unknown.
  public typealias Make = @Sendable (inout ConfigReader, Context) throws -> Product

  /// What the components are, for messages: `backbone`, `hook`.
  public let kind: String

  private var makers: [String: Make]
  /// Scopes under which a name may be written; a component is found under any of its own.
  private var scopes: [String: Set<String>]

  /// - Parameters:
  ///   - scope: the upstream package the names come from (`mmcls`, `mmdet`, `mmseg`, `mmrazor`).
  public init(_ kind: String, scope: String, _ table: [String: Make]) {
    self.kind = kind
    makers = table
    scopes = table.mapValues { _ in [scope, "mmrazor"] }
  }

  /// The names that can be built, sorted.
  public var names: [String] { makers.keys.sorted() }

  /// This catalog with the components of `other` added.
  public func joined(with other: Catalog) -> Catalog {
    var result = self
    for (name, make) in other.makers {
      precondition(
        result.makers[name] == nil, "two \(kind) components are both named '\(name)'")
      result.makers[name] = make
      result.scopes[name] = other.scopes[name]
    }
    return result
  }

  /// Builds the component that `config["type"]` names from the other keys of `config`.
  ///
  /// - Throws: `ConfigError` for an unknown type or key, and whatever the component throws.
  public func build(_ config: Config, path: ConfigPath, context: Context) throws -> Product {
    var reader = try ConfigReader(config, path: path)
    let type: String = try reader.read("type")
    guard let make = maker(for: type) else {
      throw ConfigError.unknownType(
        path: path.appending("type"), kind: kind, name: type,
        nearest: NearestName.of(Self.bare(type), among: names))
    }
    let product = try make(&reader, context)
    try reader.finish()
    return product
  }

  /// Whether `type`, with or without scope, names a component of this catalog.
  public func contains(_ type: String) -> Bool {
    maker(for: type) != nil
  }

  private func maker(for type: String) -> Make? {
    guard let dot = type.firstIndex(of: ".") else { return makers[type] }
    let name = String(type[type.index(after: dot)...])
    guard scopes[name]?.contains(String(type[..<dot])) == true else { return nil }
    return makers[name]
  }

  private static func bare(_ type: String) -> String {
    String(type.split(separator: ".").last ?? "")
  }
}
