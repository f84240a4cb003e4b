public import Tensors

extension Module {
  /// Shows `output` to whoever watches the module; a module that can be watched returns through
  /// this.
  public final func shown(_ output: Tensor) -> Tensor {
    onOutput?(output)
    return output
  }

  /// Whether something gets the module's output, so that it must not be fused with what follows.
  public final var isWatched: Bool { onOutput != nil }
}
