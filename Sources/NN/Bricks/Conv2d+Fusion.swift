internal import Tensors

extension Conv2d {
  /// The convolution, `norm` and `activation` behind it in as few passes as may be: one when
  /// evaluated off the tape, else normalisation and activation in one.
  func callAsFunction(_ input: Tensor, norm: (any NormalizationLayer)?, activation: Activation)
    -> Tensor
  {
    if let value = inOnePass(input, norm: norm, adding: nil, activation: activation) {
      return value
    }
    guard let norm else { return activate(self(input), activation) }
    // Before a normalisation by batch statistics, these are gathered on the way.
    let value = conv2d(
      input, weight: convolutionWeight, bias: bias, geometry,
      gathersMoments: norm.usesBatchStatistics)
    return norm(value, activation: activation)
  }

  /// The convolution, `norm`, the addition of `residual` and `activation` in one pass; `nil` where
  /// that cannot be had: on the tape, or with statistics of the batch.
  func inOnePass(
    _ input: Tensor, norm: (any NormalizationLayer)?, adding residual: @autoclosure () -> Tensor?,
    activation: Activation
  ) -> Tensor? {
    guard input.trace == nil else { return nil }
    let folding = norm?.folded(on: input.device)
    guard folding != nil || norm == nil else { return nil }
    return conv2d(
      input, weight: convolutionWeight, bias: bias, geometry, folding: folding,
      adding: residual(), activation: activation)
  }
}
