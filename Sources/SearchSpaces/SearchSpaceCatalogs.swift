public import Configs
internal import NN
public import Zoo

extension ModelCatalogs {
  /// These catalogs with the searchable backbones and the choice blocks of this target.
  public func withSearchSpaces() -> ModelCatalogs {
    var result = self
    result.backbones = backbones.joined(
      with: Catalog(
        "backbone", scope: "mmcls",
        [
          "SearchableShuffleNetV2": { reader, context in
            try SearchableShuffleNetV2(&reader, in: context)
          },
          "SearchableMobileNet": { reader, context in
            try SearchableMobileNet(&reader, in: context)
          },
        ]))
    result.operations = operations.joined(
      with: Catalog(
        "operation", scope: "mmrazor",
        [
          "ShuffleBlock": { reader, context in try ShuffleBlock(&reader, in: context) },
          "ShuffleXception": { reader, context in try ShuffleXception(&reader, in: context) },
          "MBBlock": { reader, context in try MBBlock(&reader, in: context) },
          "Identity": { reader, context in try Identity(&reader, in: context) },
        ]))
    return result
  }
}

extension OneShotMutator {
  /// The mutators of one-shot search, for `mutator=dict(type='OneShotMutator', …)`.
  public static var catalog: Catalog<OneShotMutator, BuildContext> {
    Catalog(
      "mutator", scope: "mmrazor",
      ["OneShotMutator": { reader, _ in try OneShotMutator(&reader) }])
  }
}
