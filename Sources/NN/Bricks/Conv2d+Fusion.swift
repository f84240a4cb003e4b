internal import Tensors

extension Conv2d {
  /// The convolution, `norm` and `activation` behind it in as few passes as may be: one when
  /// evaluated off the tape, else normalisation and activation in one.
  func callAsFunction(_ input: Tensor, norm: (any NormalizationLayer)?, activation: Activation)
    -> Tensor
  {
    if input.trace == nil {
      let folding = norm?.folded(on: input.device)
      if folding != nil || norm == nil {
        return conv2d(
          input, weight: convolutionWeight, bias: bias, geometry, folding: folding,
          activation: activation)
      }
    }
    guard let norm else { return activate(self(input), activation) }
    // Before a normalisation by batch statistics, these are gathered on the way.
    let value = conv2d(
      input, weight: convolutionWeight, bias: bias, geometry,
      gathersMoments: norm.usesBatchStatistics)
    return norm(value, activation: activation)
  }
}
