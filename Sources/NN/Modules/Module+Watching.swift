public import Tensors

extension Module {
  /// Computes the output and shows it to whoever watches the module, or gives what is recalled;
  /// every module returns through this.
  public final func shown(_ output: @autoclosure () -> Tensor) -> Tensor {
    if let recalled { return recalled }
    let output = output()
    onOutput?(output)
    return output
  }

  /// The same for a module that gives a list: of one output, that is shown; of several, none is.
  public final func shown(_ outputs: @autoclosure () -> [Tensor]) -> [Tensor] {
    if let recalled { return [recalled] }
    let outputs = outputs()
    if outputs.count == 1 { onOutput?(outputs[0]) }
    return outputs
  }

  /// Whether something gets or gives the module's output, so that it must not be fused with what
  /// follows.
  public final var isWatched: Bool { onOutput != nil || recalled != nil }

  /// Whether the module or one below it is watched.
  final var hasWatchedPart: Bool {
    isWatched || children.contains { $0.module.hasWatchedPart }
  }
}
