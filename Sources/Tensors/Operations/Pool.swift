internal import Kernels

/// Pools `x` `[N, C, H, W]` as `pooling` says.
///
/// - Returns: `[N, C, H', W']`
public func pool(_ x: Tensor, _ pooling: Pooling) -> Tensor {
  precondition(x.shape.rank == 4, "pool: input of shape \(x.shape) is not [N, C, H, W]")
  switch pooling.kind {
  case .globalAverage: return globalAveragePool(x)
  case .max: return maxPool(x, pooling)
  case .average(let countsPadding):
    return averagePool(
      x, problem(x, pooling), .windows(countsPadding: countsPadding), .pool(pooling))
  }
}

/// Mean over all pixels: `[N, C, H, W]` to `[N, C, 1, 1]`.
public func globalAveragePool(_ x: Tensor) -> Tensor {
  precondition(x.shape.rank == 4, "pool: input of shape \(x.shape) is not [N, C, H, W]")
  let input = x.activation
  let (images, channels, pixels) = (x.shape[0], x.shape[1], x.shape[2] * x.shape[3])
  let scale = 1 / Float(pixels)
  let output = input.makeAlike([images, channels, 1, 1])
  x.kernels.reduce(
    input.source, outer: images, reduced: pixels, inner: channels, scale: scale,
    into: output.target)
  return recorded(.pool(Pooling(kind: .globalAverage)), inputs: [x], value: output) {
    [node = x.trace?.node, shape = x.shape] gradient, tape in
    let dx = gradient.makeAlike(shape)
    gradient.kernels.expand(
      gradient.source, outer: images, reduced: pixels, inner: channels, scale: scale,
      into: dx.target)
    tape.accumulate(dx, at: node)
  }
}

/// Means over windows that divide `x` `[N, C, H, W]` into `output` (height, width) parts as evenly
/// as possible.
///
/// - Returns: `[N, C, H', W']`
public func adaptiveAveragePool(_ x: Tensor, output: SIMD2<Int>) -> Tensor {
  precondition(x.shape.rank == 4, "pool: input of shape \(x.shape) is not [N, C, H, W]")
  if output == [1, 1] { return globalAveragePool(x) }
  let problem = PoolingProblem(
    images: x.shape[0], channels: x.shape[1], inputSize: [x.shape[2], x.shape[3]],
    outputSize: output)
  return averagePool(
    x, problem, .adaptive, .pool(Pooling(kind: .average(countsPadding: false))))
}

private func averagePool(
  _ x: Tensor, _ problem: PoolingProblem, _ rule: AveragePoolingRule, _ operation: Operation
) -> Tensor {
  let input = x.activation
  let output = input.makeAlike(problem.outputShape)
  x.kernels.averagePool(problem, rule, input.source, into: output.target)
  return recorded(operation, inputs: [x], value: output) {
    [node = x.trace?.node, shape = x.shape] gradient, tape in
    let dx = gradient.makeAlike(shape)
    gradient.kernels.averagePoolBackward(
      problem, rule, gradient: gradient.source, into: dx.target)
    tape.accumulate(dx, at: node)
  }
}

private func maxPool(_ x: Tensor, _ pooling: Pooling) -> Tensor {
  let problem = problem(x, pooling)
  let input = x.activation
  let output = input.makeAlike(problem.outputShape)
  let chosen = Tensor.uninitialized(output.shape, dtype: .int32, on: x.device)
  x.kernels.maxPool(
    problem, input.source, into: output.target,
    chosen: chosen.storage.pointer.assumingMemoryBound(to: Int32.self))
  return recorded(.pool(pooling), inputs: [x], value: output) {
    [node = x.trace?.node, shape = x.shape] gradient, tape in
    let dx = gradient.makeAlike(shape)
    gradient.kernels.maxPoolBackward(
      problem, chosen: chosen.storage.pointer.assumingMemoryBound(to: Int32.self),
      gradient: gradient.source, into: dx.target)
    tape.accumulate(dx, at: node)
  }
}

private func problem(_ x: Tensor, _ pooling: Pooling) -> PoolingProblem {
  func extent(_ input: Int, _ kernel: Int, _ stride: Int, _ padding: Int) -> Int {
    precondition(
      padding * 2 <= kernel && kernel > 0 && stride > 0,
      "pool: padding \(padding) for kernel \(kernel) and stride \(stride)")
    let room = input + 2 * padding - kernel
    let slack = pooling.roundsUp ? stride - 1 : 0
    precondition(room + slack >= 0, "pool: kernel \(kernel) does not fit into \(input) pixels")
    let rounded = (room + slack) / stride + 1
    guard pooling.roundsUp else { return rounded }
    // A window must start inside the image or its left padding.
    return (rounded - 1) * stride >= input + padding ? rounded - 1 : rounded
  }
  return PoolingProblem(
    images: x.shape[0], channels: x.shape[1], inputSize: [x.shape[2], x.shape[3]],
    outputSize: [
      extent(x.shape[2], pooling.kernel.x, pooling.stride.x, pooling.padding.x),
      extent(x.shape[3], pooling.kernel.y, pooling.stride.y, pooling.padding.y),
    ],
    kernel: pooling.kernel, stride: pooling.stride, padding: pooling.padding)
}

extension PoolingProblem {
  fileprivate var outputShape: Shape { [images, channels, outputSize.x, outputSize.y] }
}
