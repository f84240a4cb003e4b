/// Puts `value` on the tape of its inputs, if one of them is on a tape.
///
/// - Parameters:
///   - parameters: what the operation reads besides its inputs.
///   - backward: may overwrite the gradient that it is given; must capture tensors off the tape.
func recorded(
  _ operation: @autoclosure () -> Operation, inputs: [Tensor], parameters: [Parameter?] = [],
  value: Tensor, backward: @escaping Tape.Backward
) -> Tensor {
  guard let tape = inputs.lazy.compactMap(\.trace).first?.tape else { return value }
  precondition(
    inputs.allSatisfy { $0.trace.map { $0.tape === tape } ?? true },
    "the inputs of one operation lie on different tapes")
  return tape.record(
    operation(), inputs: inputs, value: value,
    parametersNeedGradient: parameters.contains { $0?.requiresGradient ?? false },
    backward: backward)
}

extension Parameter {
  /// Whether a gradient of this parameter is to be computed.
  static func wants(_ parameter: Parameter?) -> Bool { parameter?.requiresGradient ?? false }
}
