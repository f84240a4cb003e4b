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

/// One step of Adam or AdamW with its bias corrections worked in, as PyTorch writes it.
public struct AdamRule: Sendable {
  /// -1 to maximise.
  public var sign: Float
  /// What decoupled weight decay leaves of a value; 1 for Adam.
  public var shrink: Float
  /// Weight decay that joins the gradient; 0 for AdamW.
  public var decay: Float
  public var betas: (first: Float, second: Float)
  /// `1 - beta`, rounded once.
  public var rests: (first: Float, second: Float)
  /// The learning rate over the first bias correction.
  public var stepSize: Float
  /// One over the root of the second bias correction.
  public var secondScale: Float
  public var epsilon: Float

  public init(
    sign: Float, shrink: Float, decay: Float, betas: (first: Float, second: Float),
    rests: (first: Float, second: Float), stepSize: Float, secondScale: Float, epsilon: Float
  ) {
    self.sign = sign
    self.shrink = shrink
    self.decay = decay
    self.betas = betas
    self.rests = rests
    self.stepSize = stepSize
    self.secondScale = secondScale
    self.epsilon = epsilon
  }
}

/// The running averages of Adam, changed in place.
public struct AdamMoments {
  public var first: Target
  public var second: Target
  /// The largest second moment so far, for AMSGrad.
  public var largest: Target?

  public init(first: Target, second: Target, largest: Target? = nil) {
    self.first = first
    self.second = second
    self.largest = largest
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

  /// One pass over a tensor.
  ///
  /// - Parameter gradient: `nil` for zeros.
  func updateAdam(
    _ rule: AdamRule, value: Target, gradient: Source?, moments: AdamMoments, count: Int)
}
