public import Tensors

/// A convolution and the layers behind it in as few passes as may be. Where one of them has
/// observers or a cache, each computes by itself.
extension Conv2d {
  /// `activation(norm(self(input)))`: one pass when evaluated off the tape; else normalisation and
  /// activation are one.
  public func fused(
    _ input: Tensor, _ norm: any NormalizationLayer, _ activation: ActivationLayer? = nil
  ) -> Tensor {
    guard !isIntercepted, !norm.hasInterceptedPart, activation?.isIntercepted != true else {
      let value = norm(self(input))
      return activation?(value) ?? value
    }
    guard let activation else { return normalized(input, norm, .identity) }
    guard let function = activation.activation.fused else {
      return activation(normalized(input, norm, .identity))
    }
    return normalized(input, norm, function)
  }

  /// The end of a residual block, `activation(path(norm(self(input))) + shortcut)`: one pass when
  /// evaluated off the tape.
  ///
  /// - Parameters:
  ///   - path: drops the block for some samples in training.
  ///   - shortcut: of the output's shape.
  public func fused(
    _ input: Tensor, _ norm: any NormalizationLayer, _ path: any Layer,
    adding shortcut: @autoclosure () -> Tensor, _ activation: ActivationLayer
  ) -> Tensor {
    let isIntercepted =
      isIntercepted || norm.hasInterceptedPart || path.isIntercepted || activation.isIntercepted
    if !isIntercepted, !path.isTraining, let function = activation.activation.fused,
      let sum = inOnePass(input, norm, adding: shortcut(), function)
    {
      return sum
    }
    return activation(path(fused(input, norm)) + shortcut())
  }

  /// The convolution, `norm` and `activation`, whether they are intercepted or not.
  func normalized(
    _ input: Tensor, _ norm: (any NormalizationLayer)?, _ activation: Activation
  ) -> Tensor {
    if let value = inOnePass(input, norm, adding: nil, activation) { return value }
    guard let norm else { return activate(forward(input), activation) }
    // Before a normalisation by batch statistics, these are gathered on the way.
    let value = conv2d(
      input, weight: convolutionWeight, bias: bias, geometry,
      gathersMoments: norm.usesBatchStatistics)
    return norm.forward(value, activation: activation)
  }

  /// The convolution, `norm`, the addition of `residual` and `activation` in one pass; `nil` where
  /// that cannot be had: on the tape, or with statistics of the batch.
  private func inOnePass(
    _ input: Tensor, _ norm: (any NormalizationLayer)?, adding residual: @autoclosure () -> Tensor?,
    _ activation: Activation
  ) -> Tensor? {
    guard input.trace == nil else { return nil }
    let folding = norm?.folded(on: input.device)
    guard folding != nil || norm == nil else { return nil }
    return conv2d(
      input, weight: convolutionWeight, bias: bias, geometry, folding: folding,
      adding: residual(), activation: activation)
  }
}
