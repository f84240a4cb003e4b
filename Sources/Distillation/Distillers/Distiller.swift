public import Annotations
public import NN
public import Tensors

/// Lets a network, the student, learn from the outputs that a teacher gives in the same step.
///
/// An algorithm registers it as `distiller`: the parameters of a teacher are the distiller's.
public protocol Distiller: Module {
  /// Finds the modules whose outputs are compared.
  ///
  /// - Parameter student: the network that learns; the paths of its modules count from here.
  /// - Throws: ``DistillationError/unknownModule(role:path:nearest:)``.
  func prepare(_ student: Module) throws(DistillationError)

  /// Runs the teacher's pass and keeps the outputs that losses need.
  func teaching<Result>(_ pass: () throws -> Result) rethrows -> Result

  /// Runs a student's pass and compares its outputs with those of the teacher's last pass.
  ///
  /// - Parameter annotations: one for each image of the pass.
  /// - Returns: the losses, named `<name>.<call>`: a module that is called more than once in a pass
  ///   gives one for each call.
  /// - Throws: ``DistillationError``, and what `pass` throws.
  func learning(
    _ annotations: [ImageAnnotation], _ pass: () throws -> Void
  ) throws -> [(name: String, value: Tensor)]

  /// Lets go of the teacher's outputs, at the end of a step.
  func forget()
}
