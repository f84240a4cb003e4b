internal import Kernels

/// Channel `g * (C / groups) + i` of `x` `[N, C, H, W]` becomes channel `i * groups + g`
/// (Zhang et al., ShuffleNet, 2017).
public func channelShuffle(_ x: Tensor, groups: Int) -> Tensor {
  precondition(
    x.shape.rank == 4 && groups > 0 && x.shape[1] % groups == 0,
    "channel shuffle of shape \(x.shape) in \(groups) groups")
  let output = shuffled(x.activation, groups: groups)
  return recorded(.channelShuffle(groups: groups), inputs: [x], value: output) {
    [node = x.trace?.node] gradient, tape in
    tape.accumulate(shuffled(gradient, groups: gradient.shape[1] / groups), at: node)
  }
}

private func shuffled(_ x: Tensor, groups: Int) -> Tensor {
  let output = x.makeAlike()
  x.kernels.shuffleChannels(
    x.source, pixels: x.shape[0] * x.shape[2] * x.shape[3], channels: x.shape[1],
    groups: groups, into: output.target)
  return output
}

/// `channelShuffle(concatenate([a, b], axis: 1), groups: 2)` for `a` and `b` of the same shape
/// `[N, C, H, W]`, written in one pass when somebody wants it, in parts if they split it first.
public func concatenateShuffled(_ a: Tensor, _ b: Tensor) -> Tensor {
  precondition(
    a.shape == b.shape && a.shape.rank == 4,
    "cannot join shapes \(a.shape) and \(b.shape) channel by channel")
  let half = a.shape[1]
  let pixels = a.shape[0] * a.shape[2] * a.shape[3]
  let output = Tensor.pending(
    PendingShuffle(a, b), shape: a.shape.replacing(axis: 1, with: 2 * half), on: a.device)
  let joined = recordedJoin(a, b, value: output)
  return recorded(.channelShuffle(groups: 2), inputs: [joined], value: output) {
    [inputs = (a.trace?.node, b.trace?.node), shape = a.shape]
    gradient, tape in
    let da = gradient.makeAlike(shape)
    let db = gradient.makeAlike(shape)
    let parts = gradient.storage.pending as? SplitChannels
    gradient.kernels.deinterleave(
      CutChannels(
        cut: parts?.cut ?? 2 * half, first: (parts?.first ?? gradient).source,
        rest: parts?.rest.source),
      pixels: pixels, half: half, into: da.target, db.target)
    tape.accumulate(da, at: inputs.0)
    tape.accumulate(db, at: inputs.1)
  }
}

/// Notes the concatenation that a fused kernel skipped, so that a tracer sees what was meant.
private func recordedJoin(_ a: Tensor, _ b: Tensor, value: Tensor) -> Tensor {
  recorded(.concatenate(axis: 1), inputs: [a, b], value: value) { _, _ in }
}
