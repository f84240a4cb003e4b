public import Configs
public import NN
public import Zoo

/// The components of this target.
public enum SearchSpaceCatalogs {
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

  /// The layers that choice blocks are made of.
  public static var operations: Catalog<any Layer, BuildContext> {
    Catalog(
      "operation", scope: .mmrazor,
      [
        "ShuffleBlock": { reader, context in try ShuffleBlock(&reader, in: context) },
        "ShuffleXception": { reader, context in try ShuffleXception(&reader, in: context) },
        "MBBlock": { reader, context in try MBBlock(&reader, in: context) },
        "Identity": { reader, context in try Identity(&reader, in: context) },
      ])
  }
}

extension ModelCatalogs {
  /// These catalogs with the searchable backbones and the choice blocks of this target.
  public func withSearchSpaces() -> ModelCatalogs {
    var result = self
    result.backbones = backbones.joined(with: SearchSpaceCatalogs.backbones)
    result.operations = operations.joined(with: SearchSpaceCatalogs.operations)
    return result
  }
}

extension OneShotMutator {
  /// The mutators of one-shot search, for `mutator=dict(type='OneShotMutator', …)`.
  public static var catalog: Catalog<OneShotMutator, BuildContext> {
    Catalog(
      "mutator", scope: .mmrazor,
      ["OneShotMutator": { reader, _ in try OneShotMutator(&reader) }])
  }
}
