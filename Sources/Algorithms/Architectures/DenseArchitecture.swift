internal import Configs
internal import Zoo

/// The architectures of upstream's other tasks, of which the names are known.
enum DenseArchitecture {
  /// Builds the `model` in the scope of its task, which says which type is missing.
  static func make(
    _ reader: inout ConfigReader, scope: Scope, in context: BuildContext
  ) throws -> any Architecture {
    let path = reader.path.appending("model")
    _ = try reader.build(
      "model", from: context.catalogs.models, scope: scope, context: context)
    throw ConfigError.invalidValue(
      path: path, message: "models of \(scope) are not trained or tested here yet")
  }
}
