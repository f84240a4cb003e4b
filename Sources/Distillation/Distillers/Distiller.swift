public import Annotations
public import NN
public import Tensors

/// Lets a network, the student, learn from the outputs that teachers give in the same step.
///
/// An algorithm registers it as `distiller`: the parameters of a teacher are the distiller's.
public protocol Distiller: Module {
  /// The networks that teach; none where the student teaches itself.
  var teachers: [Module] { get }

  /// Whether gradients flow to the teachers.
  var trainsTeachers: Bool { get }

  /// Whether the student takes results of functions from the teacher: `align_methods`.
  var exchangesFunctions: Bool { get }

  /// Finds the modules whose outputs are compared.
  ///
  /// - Parameter student: the network that learns; the paths of its modules count from here.
  /// - Throws: ``DistillationError/unknownModule(role:path:nearest:)``.
  func prepare(_ student: Module) throws(DistillationError)

  /// Runs the pass of the teachers and keeps the outputs that losses need.
  func teaching<Result>(_ pass: () throws -> Result) rethrows -> Result

  /// Puts results that the student takes from the teachers on the tape of its pass.
  func handOver(on tape: Tape)

  /// Runs a student's pass and compares its outputs with those of the teachers' last pass.
  ///
  /// - Parameter annotations: one for each image of the pass.
  /// - Returns: the losses, named `<name>.<call>`: a module that is called more than once in a pass
  ///   gives one for each call.
  /// - Throws: ``DistillationError``, and what `pass` throws.
  func learning(
    _ annotations: [ImageAnnotation], _ pass: () throws -> Void
  ) throws -> [(name: String, value: Tensor)]

  /// Lets go of the teachers' outputs, at the end of a step.
  func forget()
}

extension Distiller {
  public func handOver(on tape: Tape) {}
}
