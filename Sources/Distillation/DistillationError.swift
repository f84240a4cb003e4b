/// What keeps a student from learning from a teacher.
public enum DistillationError: Error, Equatable, Sendable {
  /// A component names a module that the network does not have.
  case unknownModule(role: String, path: String, nearest: String?)
  /// A module was not called by a forward pass, or does not show what it computes.
  case noOutput(role: String, path: String)
  /// A student's and a teacher's output that must be alike are not.
  case shapeMismatch(loss: String, student: [Int], teacher: [Int])
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
    case .shapeMismatch(let loss, let student, let teacher):
      return "distiller.components: '\(loss)' compares outputs of one shape, but the student's is "
        + "\(student) and the teacher's \(teacher)"
    }
  }
}
