/// A reason why a student cannot learn from a teacher.
public enum DistillationError: Error, Equatable, Sendable {
  /// A component names a module that the network does not have.
  case unknownModule(role: String, path: String, nearest: String?)
  /// A module was not called by a forward pass, or is of a kind that gives no tensors.
  case noOutput(role: String, path: String)
  /// A module gives a list of tensors, and losses compare single ones.
  case severalOutputs(role: String, path: String, count: Int)
  /// The two modules of a component were called a different number of times.
  case unequalCalls(student: ModuleCalls, teacher: ModuleCalls)
  /// A student's and a teacher's output that must be alike are not.
  case shapeMismatch(loss: String, student: [Int], teacher: [Int])

  /// The number of a module's calls in one pass.
  public struct ModuleCalls: Hashable, Sendable {
    public let path: String
    public let count: Int

    public init(path: String, count: Int) {
      self.path = path
      self.count = count
    }
  }
}

extension DistillationError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unknownModule(let role, let path, let nearest):
      return "distiller.components: the \(role) has no module '\(path)'"
        + (nearest.map { "; did you mean '\($0)'?" } ?? "")
    case .noOutput(let role, let path):
      return "distiller.components: the module '\(path)' of the \(role) gave no output that could "
        + "be recorded"
    case .severalOutputs(let role, let path, let count):
      return "distiller.components: the module '\(path)' of the \(role) gives \(count) outputs at "
        + "once, and losses compare single ones"
    case .unequalCalls(let student, let teacher):
      return "distiller.components: unequal numbers of calls in a pass: \(student.count) of the "
        + "student's '\(student.path)', \(teacher.count) of the teacher's '\(teacher.path)'; each call "
        + "of the one is compared with one of the other"
    case .shapeMismatch(let loss, let student, let teacher):
      return "distiller.components: '\(loss)' compares outputs of one shape, but the student's is "
        + "\(student) and the teacher's \(teacher)"
    }
  }
}
