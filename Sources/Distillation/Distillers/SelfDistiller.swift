public import Annotations
internal import Configs
public import NN
public import Tensors

/// Lets a network learn from outputs of its own, as upstream's `SelfDistiller`: a narrow subnet from
/// the widest one, or shallow layers from deep ones.
///
/// The outputs that teach get no gradient.
public final class SelfDistiller: BaseModule, Distiller {
  private let comparison: ComponentComparison

  public var teachers: [Module] { [] }
  public var trainsTeachers: Bool { false }
  public var exchangesFunctions: Bool { false }

  public init(_ components: [DistillationComponent]) {
    comparison = ComponentComparison(components)
    super.init()
  }

  convenience init(_ reader: inout ConfigReader, in context: DistillationContext) throws {
    self.init(try reader.readComponents(in: context))
    guard try reader.readAlignMethods() == nil else {
      throw ConfigError.invalidValue(
        path: reader.path.appending("align_methods"),
        message: "a network that teaches itself has one result of a function, not two")
    }
    _ = try reader.readIfPresent("init_cfg", as: Config.self)
  }

  public func prepare(_ student: Module) throws(DistillationError) {
    try comparison.observe(student: student, teacher: student)
  }

  public func teaching<Result>(_ pass: () throws -> Result) rethrows -> Result {
    try comparison.teaching(pass)
  }

  public func learning(
    _ annotations: [ImageAnnotation], _ pass: () throws -> Void
  ) throws -> [(name: String, value: Tensor)] {
    try comparison.learning(pass)
    return try comparison.losses(annotations, detaches: true)
  }

  public func forget() {
    comparison.forget()
  }
}
