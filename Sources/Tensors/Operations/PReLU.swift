internal import Kernels

/// `x` where it is positive, else its product with a learnt slope (He et al., "Delving deep into
/// rectifiers", 2015).
///
/// - Parameters:
///   - x: `[N, C, …]`
///   - weight: `[1]`, or `[C]` for a slope of each channel.
public func prelu(_ x: Tensor, weight: Parameter) -> Tensor {
  let input = x.activation
  let slopeCount = weight.shape.count
  let channels = x.shape.rank > 1 ? x.shape[1] : 1
  precondition(
    slopeCount == 1 || slopeCount == channels,
    "prelu: \(slopeCount) slopes for \(channels) channels")
  precondition(
    slopeCount == 1 || x.shape.rank == 4 || x.shape.rank == 2,
    "prelu: input of shape \(x.shape) is not [N, C, H, W] or [N, C]")
  let problem = PReLUProblem(
    pixels: slopeCount == 1 ? x.shape.count : x.shape.count / max(channels, 1),
    channels: slopeCount == 1 ? 1 : channels, isShared: slopeCount == 1)
  let output = input.makeAlike()
  x.kernels.rectify(
    input.source, problem.slopes(weight), pixels: problem.pixels, channels: problem.channels,
    into: output.target)
  return recorded(.prelu(weight: weight), inputs: [x], parameters: [weight], value: output) {
    [node = x.trace?.node] gradient, tape in
    let wantsInput = tape.wantsGradient(at: node)
    let shares = weight.requiresGradient ? input.makeAlike() : nil
    gradient.kernels.rectifyBackward(
      input.source, problem.slopes(weight), gradient: gradient.source, pixels: problem.pixels,
      channels: problem.channels, into: wantsInput ? gradient.target : nil, slopes: shares?.target)
    if let shares {
      let dw = weight.value.makeAlike()
      gradient.kernels.reduce(
        shares.source, outer: 1, reduced: problem.pixels, inner: problem.channels, scale: 1,
        into: dw.target)
      weight.accumulate(dw)
    }
    if wantsInput { tape.accumulate(gradient, at: node) }
  }
}

private struct PReLUProblem {
  let pixels: Int
  let channels: Int
  let isShared: Bool

  func slopes(_ weight: Parameter) -> RectifierSlopes {
    RectifierSlopes(values: weight.value.source, isShared: isShared)
  }
}
