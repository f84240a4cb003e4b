public import Configs

/// A kind of components that a target above this one brings: decode heads, anchor generators.
///
/// ``ModelCatalogs`` has a catalog for every kind that somebody names.
public protocol ComponentKind {
  associatedtype Product
  associatedtype Context = BuildContext
  /// The singular, for messages: `decode head`.
  static var name: String { get }
}

extension ModelCatalogs {
  /// The components of `kind`.
  public subscript<Kind: ComponentKind>(
    _ kind: Kind.Type
  ) -> Catalog<Kind.Product, Kind.Context> {
    get {
      others[ObjectIdentifier(kind)] as? Catalog<Kind.Product, Kind.Context> ?? Catalog(kind.name)
    }
    set { others[ObjectIdentifier(kind)] = newValue }
  }
}
