public import Tensors

/// Layers one after the other, named `0`, `1`, … as in PyTorch.
open class Sequential: Module, Layer {
  @Children private var layers: [any Layer]

  public init(_ layers: [any Layer]) {
    _layers = Children(layers) { String($0) }
    super.init()
  }

  public func forward(_ input: Tensor) -> Tensor {
    run.output(for: input)
  }

  /// The sum of `residual` and the output for `input`, in one pass with the last layers where
  /// nothing intercepts the call.
  public func fused(_ input: Tensor, adding residual: Tensor) -> Tensor {
    isIntercepted ? residual + self(input) : run.output(for: input, adding: residual)
  }

  private var run: LayerRun {
    // Layers before one with a cache do not matter.
    let start = layers.lastIndex { $0.cachedOutputs != nil } ?? 0
    return LayerRun(Array(layers[start...]))
  }
}
