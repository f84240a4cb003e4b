public import Tensors

extension Module {
  /// Computes the output and shows it to whoever watches the module, or gives what is recalled; a
  /// module that can be watched returns through this.
  public final func shown(_ output: @autoclosure () -> Tensor) -> Tensor {
    if let recalled { return recalled }
    let output = output()
    onOutput?(output)
    return output
  }

  /// Whether something gets or gives the module's output, so that it must not be fused with what
  /// follows.
  public final var isWatched: Bool { onOutput != nil || recalled != nil }
}
