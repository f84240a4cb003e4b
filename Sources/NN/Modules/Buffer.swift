public import Tensors

/// State that belongs to a module but is not trained: running statistics, counters, masks.
public class Buffer {
  public var value: Tensor

  public init(_ value: Tensor) {
    self.value = value
  }
}
