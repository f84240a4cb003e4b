public import Annotations
public import Configs
public import NN
public import Tensors

/// Lets a network learn from an earlier pass of its own, as upstream's `SelfDistiller`: a narrow
/// subnet from the widest one.
public final class SelfDistiller: Module, Distiller {
  public let components: [DistillationComponent]
  private var recorders: (students: OutputRecorder, teachers: OutputRecorder)?

  public init(_ components: [DistillationComponent]) {
    self.components = components
    super.init()
  }

  public func prepare(_ student: Module) throws(DistillationError) {
    recorders = (
      try OutputRecorder(components.map(\.studentModule), of: student, role: "student"),
      try OutputRecorder(components.map(\.teacherModule), of: student, role: "teacher")
    )
  }

  public func teaching<Result>(_ pass: () throws -> Result) rethrows -> Result {
    try prepared.teachers.recording(pass)
  }

  public func learning(
    _ annotations: [ImageAnnotation], _ pass: () throws -> Void
  ) throws -> [(name: String, value: Tensor)] {
    let (students, teachers) = prepared
    try students.recording(pass)
    defer { students.clear() }
    var losses: [(name: String, value: Tensor)] = []
    for component in components {
      let studentOutputs = try students.outputs(of: component.studentModule)
      let teacherOutputs = try teachers.outputs(of: component.teacherModule)
      guard studentOutputs.count == teacherOutputs.count else {
        throw DistillationError.unequalCalls(
          student: .init(path: component.studentModule, count: studentOutputs.count),
          teacher: .init(path: component.teacherModule, count: teacherOutputs.count))
      }
      for (call, (student, teacher)) in zip(studentOutputs, teacherOutputs).enumerated() {
        for (name, loss) in component.losses {
          guard student.shape == teacher.shape else {
            throw DistillationError.shapeMismatch(
              loss: name, student: student.shape.dimensions, teacher: teacher.shape.dimensions)
          }
          losses.append(("\(name).\(call)", loss(student: student, teacher: teacher)))
        }
      }
    }
    return losses
  }

  public func forget() {
    recorders?.teachers.clear()
  }

  private var prepared: (students: OutputRecorder, teachers: OutputRecorder) {
    guard let recorders else {
      preconditionFailure("the distiller was not prepared for a student")
    }
    return recorders
  }
}

extension SelfDistiller {
  convenience init(_ reader: inout ConfigReader, in context: DistillationContext) throws {
    let (path, scope) = (reader.path, reader.scope)
    let configs: [Config] = try reader.read("components")
    let components = try configs.enumerated().map { index, config in
      try DistillationComponent(
        config, path: path.appending("components").appending(index), scope: scope, in: context)
    }
    if try reader.readIfPresent("align_methods", as: Config.self) != nil {
      throw ConfigError.invalidValue(
        path: path.appending("align_methods"), message: "functions cannot be exchanged here")
    }
    _ = try reader.readIfPresent("init_cfg", as: Config.self)
    self.init(components)
  }

  /// The distillers, for `distiller=dict(type='SelfDistiller', …)`.
  public static var catalog: Catalog<any Distiller, DistillationContext> {
    Catalog(
      "distiller", scope: .mmrazor,
      ["SelfDistiller": { reader, context in try SelfDistiller(&reader, in: context) }])
  }
}
