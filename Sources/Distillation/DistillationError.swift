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
  /// Student and teacher have different numbers of the modules whose results are exchanged.
  case unequalModules(name: String, student: Int, teacher: Int)
  /// A connector takes features of other channels than a student's output has.
  case unfitConnector(module: String, connector: String, found: [Int])
  /// A loss of class scores `[N, K]` was given another output.
  case needsScores(loss: String, found: [Int])
  /// A loss of feature maps `[N, C, H, W]` was given another output.
  case needsMaps(loss: String, found: [Int])
  /// A loss needs the class of each image, and the batch does not have it.
  case missingLabels(loss: String)
  /// The class of an image is not one of those that the student knows.
  case labelOutOfRange(loss: String, label: Int, classCount: Int)
  /// The `num_classes` of a loss is not the number of the student's scores.
  case classCountMismatch(loss: String, expected: Int, found: Int)

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
        + (Connector.suggestion(student: student, teacher: teacher).map {
          "; \($0)"
        } ?? "")
    case .unequalModules(let name, let student, let teacher):
      return "distiller.align_methods: the student has \(student) modules '\(name)' and the "
        + "teacher \(teacher); results are exchanged one by one"
    case .unfitConnector(let module, let connector, let found):
      return "distiller.components: the align_module is a \(connector), and the student's output "
        + "of '\(module)' is \(found)"
    case .needsScores(let loss, let found):
      return "distiller.components: \(loss) compares class scores [N, K], and the student's output "
        + "is \(found)"
    case .needsMaps(let loss, let found):
      return "distiller.components: \(loss) compares feature maps [N, C, H, W], and the student's "
        + "output is \(found)"
    case .missingLabels(let loss):
      return "distiller.components: \(loss) needs the class of each image; let the pipeline end "
        + "with Collect(keys=['img', 'gt_label'])"
    case .labelOutOfRange(let loss, let label, let classCount):
      return "distiller.components: \(loss) got an image of class \(label), and the student gives "
        + "\(classCount) scores (classes 0 to \(classCount - 1))"
    case .classCountMismatch(let loss, let expected, let found):
      return "distiller.components: \(loss) has num_classes=\(expected), and the student gives "
        + "\(found) scores"
    }
  }
}
