/// Stochastic gradient descent with momentum, as PyTorch writes it.
public struct SGDRule: Hashable, Sendable {
  public var learningRate: Float
  public var momentum: Float
  public var dampening: Float
  public var weightDecay: Float
  public var nesterov: Bool

  public init(
    learningRate: Float, momentum: Float, dampening: Float, weightDecay: Float, nesterov: Bool
  ) {
    self.learningRate = learningRate
    self.momentum = momentum
    self.dampening = dampening
    self.weightDecay = weightDecay
    self.nesterov = nesterov
  }
}

public protocol OptimizerKernels {
  /// One pass over a tensor.
  ///
  /// - Parameters:
  ///   - gradient: `nil` for zeros.
  ///   - buffer: the momentum buffer; `nil` for none.
  ///   - isFirst: the buffer is written for the first time.
  func updateSGD(
    _ rule: SGDRule, value: Target, gradient: Source?, buffer: Target?, isFirst: Bool, count: Int)
}
