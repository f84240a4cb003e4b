internal import Annotations
internal import NN
internal import Tensors

/// Observes the modules of components in a student and in a teacher, and compares their outputs.
final class ComponentComparison {
  let components: [DistillationComponent]
  private var students: OutputRecorder?
  private var teachers: OutputRecorder?

  init(_ components: [DistillationComponent]) {
    self.components = components
  }

  func observe(student: Module, teacher: Module) throws(DistillationError) {
    students = try OutputRecorder(
      components.map(\.studentModule), of: student, role: "student")
    teachers = try OutputRecorder(
      components.map(\.teacherModule), of: teacher, role: "teacher")
  }

  func teaching<Result>(_ pass: () throws -> Result) rethrows -> Result {
    try prepared(teachers).recording(pass)
  }

  func learning<Result>(_ pass: () throws -> Result) rethrows -> Result {
    try prepared(students).recording(pass)
  }

  /// - Parameter detaches: whether the teacher gets no gradient.
  func losses(
    _ annotations: [ImageAnnotation], detaches: Bool
  ) throws -> [(name: String, value: Tensor)] {
    let (students, teachers) = (prepared(students), prepared(teachers))
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
        let pair = OutputPair(
          student: try component.aligned(student),
          teacher: detaches ? teacher.detached : teacher, annotations: annotations)
        for (name, loss) in component.losses {
          try component.check(pair, for: loss, named: name)
          losses.append(("\(name).\(call)", try loss(pair)))
        }
      }
    }
    return losses
  }

  func forget() {
    teachers?.clear()
  }

  private func prepared(_ recorder: OutputRecorder?) -> OutputRecorder {
    guard let recorder else {
      preconditionFailure("a distiller must be prepared with its student before a pass")
    }
    return recorder
  }
}

extension DistillationComponent {
  /// The student's output as the losses see it.
  fileprivate func aligned(_ output: Tensor) throws(DistillationError) -> Tensor {
    guard let connector else { return output }
    guard output.shape.rank == connector.rank, output.shape[1] == connector.inChannels else {
      throw .unfitConnector(
        module: studentModule, connector: connector.description, found: output.shape.dimensions)
    }
    return connector.layer(output)
  }

  fileprivate func check(
    _ pair: OutputPair, for loss: any DistillationLoss, named name: String
  ) throws(DistillationError) {
    guard loss.agreement.holds(pair.student.shape, pair.teacher.shape) else {
      throw .shapeMismatch(
        loss: name, student: pair.student.shape.dimensions,
        teacher: pair.teacher.shape.dimensions)
    }
  }
}
