/// A library whose names configs use: equal names of two libraries are different components.
///
/// A bare name is looked up in a scope, then in its parent, and so on: mmcls, mmdet and mmseg see
/// the components of mmcv, and those of mmrazor. A user's registry adds a scope of its own.
public struct Scope: Hashable, Sendable {
  /// The names of the scope and of its ancestors, nearest first.
  let lineage: [String]

  /// - Parameter parent: where a bare name is looked up next; `nil` for none.
  public init(_ name: String, parent: Scope? = .mmrazor) {
    precondition(
      !name.isEmpty && !name.contains("."), "a scope's name goes before the dot: '\(name)'")
    lineage = [name] + (parent?.lineage ?? [])
  }

  /// The name before the dot of a `type`.
  public var name: String { lineage[0] }

  /// Whether bare names of `other` are seen here.
  public func sees(_ other: Scope) -> Bool { lineage.contains(other.name) }

  public static let mmrazor = Scope("mmrazor", parent: nil)
  public static let mmcv = Scope("mmcv")
  public static let mmcls = Scope("mmcls", parent: .mmcv)
  public static let mmdet = Scope("mmdet", parent: .mmcv)
  public static let mmseg = Scope("mmseg", parent: .mmcv)

  /// The scopes of OpenMMLab, which may be named even where nothing is registered in them.
  static let known: [Scope] = [.mmcls, .mmdet, .mmseg, .mmcv, .mmrazor]
}

extension Scope: CustomStringConvertible {
  public var description: String { name }
}
