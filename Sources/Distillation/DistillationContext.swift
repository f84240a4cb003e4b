public import Configs
public import NN

/// The surroundings in which distillers are built.
public final class DistillationContext {
  public let layers: LayerContext
  public let losses: DistillationLosses
  /// Builds a teacher from its config, its place, and the scope of its types.
  let makeTeacher: (Config, ConfigPath, Scope) throws -> Module
  let warn: (String) -> Void

  public init(
    layers: LayerContext, losses: DistillationLosses,
    makeTeacher: @escaping (Config, ConfigPath, Scope) throws -> Module,
    warn: @escaping (String) -> Void = { _ in }
  ) {
    self.layers = layers
    self.losses = losses
    self.makeTeacher = makeTeacher
    self.warn = warn
  }
}

/// The distillers that an algorithm's `distiller` may name.
public typealias DistillerCatalog = Catalog<any Distiller, DistillationContext>

extension Catalog where Product == any Distiller, Context == DistillationContext {
  /// The distillers of this target.
  public static var builtIn: DistillerCatalog {
    Catalog(
      "distiller", scope: .mmrazor,
      [
        "SelfDistiller": { reader, context in try SelfDistiller(&reader, in: context) },
        "SingleTeacherDistiller": { reader, context in
          try TeacherDistiller(single: &reader, in: context)
        },
        "MultiTeachersDistiller": { reader, context in
          try TeacherDistiller(several: &reader, in: context)
        },
      ])
  }
}
