internal import Configs
internal import NN
internal import Tensors

/// Functions whose results a student takes from its teacher instead of computing them: the
/// `align_methods` of a distiller.
///
/// A function is the `forward` of a class of modules (`GlobalAveragePooling.forward`). The modules of
/// that class in student and teacher belong together in their order.
final class MethodAlignment {
  /// The names of the classes.
  private let classes: [String]
  private var pairs: [(student: Module, teacher: Module)] = []
  /// By the student's module, the latest outputs of the teacher's.
  private var results: [ObjectIdentifier: [Tensor]] = [:]

  /// Reads a list of `dict(method='CLASS.forward', import_module='…')`.
  init(_ entries: [Config], path: ConfigPath) throws(ConfigError) {
    var classes: [String] = []
    for (index, entry) in entries.enumerated() {
      let path = path.appending(index)
      var reader = try ConfigReader(entry, path: path)
      let method: String = try reader.read("method")
      // The module of Python's that has the class; names of classes are enough here.
      _ = try reader.readIfPresent("import_module", as: String.self)
      try reader.finish()
      guard method.hasSuffix(".forward"), method.count > ".forward".count else {
        throw .invalidValue(
          path: path.appending("method"),
          message: "'\(method)' cannot be exchanged; the forward of a class of modules can "
            + "(GlobalAveragePooling.forward)")
      }
      classes.append(String(method.dropLast(".forward".count)))
    }
    self.classes = classes
  }

  /// Finds the modules.
  ///
  /// - Throws: ``DistillationError/unequalModules(name:student:teacher:)``.
  func observe(student: Module, teacher: Module) throws(DistillationError) {
    pairs = []
    for name in classes {
      func modules(_ model: Module) -> [Module] {
        model.namedModules().map(\.module).filter { "\(type(of: $0))" == name }
      }
      let (students, teachers) = (modules(student), modules(teacher))
      guard !students.isEmpty, students.count == teachers.count else {
        throw .unequalModules(name: name, student: students.count, teacher: teachers.count)
      }
      pairs += zip(students, teachers).map { ($0, $1) }
    }
  }

  /// Runs the teacher's pass and keeps the results of the functions.
  func teaching<Result>(_ pass: () throws -> Result) rethrows -> Result {
    results = [:]
    let observations = pairs.map { student, teacher in
      teacher.observe { [unowned self] in results[ObjectIdentifier(student)] = $0.outputs }
    }
    defer { for observation in observations { observation.cancel() } }
    return try pass()
  }

  /// Runs the student's pass, in which the functions give the teacher's results.
  func learning<Result>(_ pass: () throws -> Result) rethrows -> Result {
    for (student, _) in pairs { student.cachedOutputs = results[ObjectIdentifier(student)] }
    defer { for (student, _) in pairs { student.cachedOutputs = nil } }
    return try pass()
  }

  /// Puts the results on the tape of the student's pass, which computes from them.
  func handOver(on tape: Tape) {
    results = results.mapValues { $0.map { tape.watch($0.detached) } }
  }

  func forget() { results = [:] }
}
