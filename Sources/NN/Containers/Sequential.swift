public import Tensors

/// Layers one after the other, named `0`, `1`, … as in PyTorch.
open class Sequential: Module, Layer {
  private var layers: [any Layer]

  public init(_ layers: [any Layer]) {
    self.layers = layers
    super.init()
    for (index, layer) in layers.enumerated() { register(String(index), layer) }
  }

  public func callAsFunction(_ input: Tensor) -> Tensor {
    shown(run(input))
  }

  /// The sum of `residual` and the output.
  public func callAsFunction(_ input: Tensor, adding residual: Tensor) -> Tensor {
    isWatched ? residual + self(input) : run(input, adding: residual)
  }

  private func run(_ input: Tensor, adding residual: Tensor? = nil) -> Tensor {
    // What leads to a layer that only recalls is not needed.
    let start = layers.lastIndex { $0.recalled != nil } ?? 0
    return LayerRun(Array(layers[start...]))(input, adding: residual)
  }

  open override func replaceChild(_ name: String, with module: Module) {
    super.replaceChild(name, with: module)
    refresh()
  }

  open override func removeChild(_ name: String) {
    super.removeChild(name)
    refresh()
  }

  private func refresh() {
    layers = children.map { child in
      guard let layer = child.module as? any Layer else {
        preconditionFailure(
          "'\(child.name)' of a Sequential is a \(type(of: child.module)), no Layer")
      }
      return layer
    }
  }
}
