internal import Kernels

/// Group normalisation (Wu & He, 2018), with an activation behind, of `x` `[N, C, H, W]` or
/// `[N, C]`: each image is normalised for itself, over `groups` groups of neighbouring channels.
///
/// - Parameters:
///   - weight, bias: `[C]`; `nil` for 1 and 0.
public func groupNorm(
  _ x: Tensor, groups: Int, weight: Parameter?, bias: Parameter?, epsilon: Float,
  activation: Activation = .identity
) -> Tensor {
  precondition(
    x.shape.rank == 4 || x.shape.rank == 2,
    "group norm: input of shape \(x.shape) is not [N, C, H, W] or [N, C]")
  let channels = x.shape[1]
  precondition(
    groups > 0 && channels % groups == 0, "group norm: \(groups) groups of \(channels) channels")
  for parameter in [weight, bias].compactMap(\.self) {
    precondition(
      parameter.shape.count == channels,
      "group norm: parameter of shape \(parameter.shape) for \(channels) channels")
  }
  let problem = GroupNormalizationProblem(
    images: x.shape[0], pixels: x.shape.dimensions.dropFirst(2).reduce(1, *), channels: channels,
    groups: groups, epsilon: epsilon, function: activation.function)
  let input = x.activation
  let output = input.makeAlike()
  let mean = Tensor.uninitialized([x.shape[0], groups], on: x.device)
  let variance = mean.makeAlike()
  x.kernels.normalizeGroups(
    problem, input.source,
    ChannelParameters(weight: weight?.value.source, bias: bias?.value.source),
    mean: mean.target, variance: variance.target, into: output.target)
  return recorded(
    .groupNorm(groups: groups, weight: weight, bias: bias, activation: activation), inputs: [x],
    parameters: [weight, bias], value: output
  ) { [node = x.trace?.node] gradient, tape in
    let dw = Parameter.wants(weight) ? weight?.value.makeAlike() : nil
    let db = Parameter.wants(bias) ? bias?.value.makeAlike() : nil
    let wantsInput = tape.wantsGradient(at: node)
    // The gradient is this closure's own: that of the input takes its place.
    gradient.kernels.normalizeGroupsBackward(
      problem, input.source, gradient: gradient.source, mean: mean.source,
      variance: variance.source,
      ChannelParameters(weight: weight?.value.source, bias: bias?.value.source),
      into: NormalizationGradients(
        input: wantsInput ? gradient.target : nil, weight: dw?.target, bias: db?.target))
    if let dw { weight?.accumulate(dw) }
    if let db { bias?.accumulate(db) }
    if wantsInput { tape.accumulate(gradient, at: node) }
  }
}
