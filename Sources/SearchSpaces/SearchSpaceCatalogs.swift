public import Configs
public import NN
public import Zoo

/// The kinds of components that the `placeholder_mapping` of a mutator names.
public struct SearchSpaceCatalogs: Sendable {
  /// The choice blocks, for `dict(type='OneShotOP', …)`.
  public var mutables: Catalog<any Mutable, MutableContext>
  /// The layers that choice blocks are made of.
  public var operations: Catalog<any Layer, OperationContext>

  public init(
    mutables: Catalog<any Mutable, MutableContext>,
    operations: Catalog<any Layer, OperationContext>
  ) {
    self.mutables = mutables
    self.operations = operations
  }

  /// The components of this target.
  public static var builtIn: SearchSpaceCatalogs {
    SearchSpaceCatalogs(
      mutables: Catalog(
        "mutable", scope: .mmrazor,
        ["OneShotOP": { reader, context in try OneShotOP(&reader, in: context) }]),
      operations: Catalog(
        "operation", scope: .mmrazor,
        [
          "ShuffleBlock": { reader, context in try ShuffleBlock(&reader, in: context) },
          "ShuffleXception": { reader, context in try ShuffleXception(&reader, in: context) },
          "MBBlock": { reader, context in try MBBlock(&reader, in: context) },
          "Identity": { reader, context in try Identity(&reader, in: context) },
        ]))
  }

  /// The backbones that have placeholders; upstream registers them with those of mmcls.
  public static var backbones: Catalog<any Backbone, BuildContext> {
    Catalog(
      "backbone", scope: .mmcls,
      [
        "SearchableShuffleNetV2": { reader, context in
          try SearchableShuffleNetV2(&reader, in: context)
        },
        "SearchableMobileNet": { reader, context in
          try SearchableMobileNet(&reader, in: context)
        },
      ])
  }
}

extension ModelCatalogs {
  /// These catalogs with the searchable backbones of this target.
  public func withSearchSpaces() -> ModelCatalogs {
    var result = self
    result.backbones = backbones.joined(with: SearchSpaceCatalogs.backbones)
    return result
  }
}

extension OneShotMutator {
  /// The mutators of one-shot search, for `mutator=dict(type='OneShotMutator', …)`.
  public static var catalog: Catalog<any Mutator, BuildContext> {
    Catalog(
      "mutator", scope: .mmrazor,
      ["OneShotMutator": { reader, _ in try OneShotMutator(&reader) }])
  }
}
