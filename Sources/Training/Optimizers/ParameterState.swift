public import OrderedCollections
public import Tensors

/// What an optimizer remembers about one parameter between steps.
public struct ParameterState {
  /// Tensors of the parameter's shape, under PyTorch's names: `momentum_buffer`, `exp_avg`.
  public var tensors: OrderedDictionary<String, Tensor>
  /// Steps taken, for rules that count them.
  public var stepCount: Int

  public init(tensors: OrderedDictionary<String, Tensor> = [:], stepCount: Int = 0) {
    self.tensors = tensors
    self.stepCount = stepCount
  }
}

extension ParameterState {
  /// A state tensor, made of zeros when it is not there yet.
  mutating func tensor(_ name: String, like parameter: Parameter) -> Tensor {
    if let present = tensors[name] { return present }
    let new = Tensor.zeros(parameter.shape, on: parameter.value.device)
    tensors[name] = new
    return new
  }

  /// The elements of a state tensor, made of zeros when it is not there yet.
  mutating func floats(
    _ name: String, like parameter: Parameter
  ) -> UnsafeMutableBufferPointer<Float> {
    tensor(name, like: parameter).floats
  }
}
