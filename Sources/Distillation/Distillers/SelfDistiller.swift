public import Configs
public import NN
public import Tensors

/// Lets a network learn from an earlier pass of its own, as upstream's `SelfDistiller`: a narrow
/// subnet from the widest one.
public final class SelfDistiller {
  public let components: [DistillationComponent]
  private let students: OutputRecorder
  private let teachers: OutputRecorder

  /// - Parameter model: the network; the components' paths count from here.
  /// - Throws: ``DistillationError/unknownModule(role:path:nearest:)``.
  public init(
    _ components: [DistillationComponent], model: Module
  ) throws(DistillationError) {
    self.components = components
    students = try OutputRecorder(components.map(\.studentModule), of: model, role: "student")
    teachers = try OutputRecorder(components.map(\.teacherModule), of: model, role: "teacher")
  }

  /// Runs the teacher's pass and keeps what the losses need of it.
  public func teaching<Result>(_ pass: () throws -> Result) rethrows -> Result {
    try teachers.recording(pass)
  }

  /// Runs a student's pass and compares it with the teacher's last one.
  ///
  /// - Returns: the losses, named `<name>.<call>`: a module that is called more than once in a pass
  ///   gives one for each call.
  /// - Throws: ``DistillationError``, and what `pass` throws.
  public func learning(_ pass: () throws -> Void) throws -> [(name: String, value: Tensor)] {
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

  /// Lets go of the teacher's outputs, at the end of a step.
  public func forget() {
    teachers.clear()
  }
}

extension SelfDistiller {
  /// The config of a distiller, before there is a network.
  public struct Spec {
    public let components: [DistillationComponent]
  }

  /// The distillers, for `distiller=dict(type='SelfDistiller', …)`.
  public static var catalog: Catalog<Spec, DistillationContext> {
    Catalog(
      "distiller", scope: .mmrazor,
      ["SelfDistiller": { reader, context in try Spec(&reader, in: context) }])
  }
}

extension SelfDistiller.Spec {
  init(_ reader: inout ConfigReader, in context: DistillationContext) throws {
    let (path, scope) = (reader.path, reader.scope)
    let configs: [Config] = try reader.read("components")
    components = try configs.enumerated().map { index, config in
      try DistillationComponent(
        config, path: path.appending("components").appending(index), scope: scope, in: context)
    }
    if try reader.readIfPresent("align_methods", as: Config.self) != nil {
      throw ConfigError.invalidValue(
        path: path.appending("align_methods"), message: "functions cannot be exchanged here")
    }
    _ = try reader.readIfPresent("init_cfg", as: Config.self)
  }
}
