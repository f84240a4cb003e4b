internal import Annotations
internal import Configs
internal import Distillation
internal import NN
internal import Tensors
internal import Zoo

/// A distiller with the architectures of its teachers, as algorithms run them.
struct Teaching {
  let distiller: any Distiller
  /// In the order of the distiller's teachers.
  let teachers: [any Architecture]

  /// Whether the student is its own teacher.
  var isOfItself: Bool { teachers.isEmpty }

  /// Runs the teachers on the images of a step.
  ///
  /// - Parameters:
  ///   - input: on a tape if the teachers are trained.
  ///   - withLosses: whether the teachers' own losses are computed, too.
  /// - Returns: the teachers' own losses.
  func teach(
    _ input: ImageInput, _ annotations: [ImageAnnotation], withLosses: Bool = false
  ) throws -> Losses {
    try distiller.teaching {
      try teachers.enumerated().flatMap { index, teacher -> Losses in
        guard withLosses else {
          teacher.forwardForCounting(input.images)
          return []
        }
        let prefix = teachers.count > 1 ? "\(index)." : ""
        return try teacher.losses(input, annotations).map { ("\(prefix)\($0.name)", $0.value) }
      }
    }
  }

  /// Runs the student's pass and compares it with the teachers' last one.
  ///
  /// - Returns: the student's own losses, and those of the distiller.
  func learn(
    _ annotations: [ImageAnnotation], _ pass: () throws -> Losses
  ) throws -> (student: Losses, distiller: Losses) {
    var student: Losses = []
    let losses = try distiller.learning(annotations) { student = try pass() }
    return (student, losses)
  }
}

extension Teaching {
  /// A train step's losses with upstream's prefixes: of the teachers and of the student where they
  /// are asked for, and of the distiller.
  ///
  /// - Parameter input: off the tape.
  func losses(
    of student: any Architecture, _ input: ImageInput, _ annotations: [ImageAnnotation],
    withStudent: Bool = true, withTeacher: Bool = false
  ) throws -> Losses {
    defer { distiller.forget() }
    let tape = Tape()
    func pass() throws -> Losses {
      let watched = input.watched(by: tape)
      guard withStudent else {
        student.forwardForCounting(watched.images)
        return []
      }
      return try student.losses(watched, annotations)
    }
    var teacher: Losses = []
    let learned: (student: Losses, distiller: Losses)
    if isOfItself {
      // One pass is both the teacher's and the student's.
      learned = try learn(annotations) { try distiller.teaching(pass) }
    } else {
      teacher = try teach(
        distiller.trainsTeachers ? input.watched(by: tape) : input, annotations,
        withLosses: withTeacher)
      distiller.handOver(on: tape)
      learned = try learn(annotations, pass)
    }
    func named(_ prefix: String, _ losses: Losses) -> Losses {
      losses.map { ("\(prefix).\($0.name)", $0.value) }
    }
    return named("teacher", teacher) + named("student", learned.student)
      + named("distiller", learned.distiller)
  }
}

extension AlgorithmContext {
  /// Builds the `distiller` for a student; `nil` where the config has none or no teacher is wanted.
  ///
  /// The student must have its final modules.
  func teaching(
    _ config: Config?, path: ConfigPath, scope: Scope, for student: any Architecture
  ) throws -> Teaching? {
    guard buildsTeachers, let config else { return nil }
    var teachers: [any Architecture] = []
    let surroundings = DistillationContext(
      layers: models, losses: catalogs.distillationLosses,
      makeTeacher: { [models] config, path, _ in
        let teacher = try student.sibling(config, path: path, in: models)
        teachers.append(teacher)
        return teacher.model
      }, warn: warn)
    let distiller = try catalogs.distillers.build(
      config, path: path, scope: scope, context: surroundings)
    do {
      try distiller.prepare(student.model)
    } catch {
      throw ConfigError.invalidValue(path: path, message: "\(error)")
    }
    return Teaching(distiller: distiller, teachers: teachers)
  }
}
