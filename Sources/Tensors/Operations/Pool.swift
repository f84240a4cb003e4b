internal import Kernels

/// Pools `x` `[N, C, H, W]` as `pooling` says.
///
/// - Returns: `[N, C, H', W']`
public func pool(_ x: Tensor, _ pooling: Pooling) -> Tensor {
  precondition(x.shape.rank == 4, "pool: input of shape \(x.shape) is not [N, C, H, W]")
  switch pooling.kind {
  case .globalAverage: return globalAveragePool(x)
  case .globalMax: return globalMaxPool(x)
  case .adaptiveAverage(let output): return adaptiveAveragePool(x, output: output)
  case .adaptiveMax(let output): return adaptiveMaxPool(x, output: output)
  case .max: return maxPool(x, problem(x, pooling), .windows, pooling)
  case .average(let countsPadding):
    return averagePool(
      x, problem(x, pooling), .windows(countsPadding: countsPadding), pooling)
  case .quotient(let divisor):
    precondition(divisor > 0, "pool: a divisor of \(divisor)")
    return averagePool(x, problem(x, pooling), .quotient(divisor: divisor), pooling)
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

/// Maximum over all pixels: `[N, C, H, W]` to `[N, C, 1, 1]`.
public func globalMaxPool(_ x: Tensor) -> Tensor {
  precondition(x.shape.rank == 4, "pool: input of shape \(x.shape) is not [N, C, H, W]")
  let input = x.activation
  let (images, channels, pixels) = (x.shape[0], x.shape[1], x.shape[2] * x.shape[3])
  precondition(pixels > 0, "pool: there is no largest pixel in shape \(x.shape)")
  let output = input.makeAlike([images, channels, 1, 1])
  let chosen = Tensor.uninitialized(output.shape, dtype: .int32, on: x.device)
  x.kernels.reduceExtreme(
    input.source, least: false, outer: images, reduced: pixels, inner: channels,
    into: output.target, chosen: chosen.numbers)
  return recorded(.pool(Pooling(kind: .globalMax)), inputs: [x], value: output) {
    [node = x.trace?.node, shape = x.shape] gradient, tape in
    let dx = gradient.makeAlike(shape)
    gradient.kernels.expandChosen(
      gradient.source, chosen: chosen.numbers, outer: images, reduced: pixels, inner: channels,
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
  return averagePool(
    x, adaptiveProblem(x, output), .adaptive, Pooling(kind: .adaptiveAverage(output: output)))
}

/// Maxima over windows that divide `x` `[N, C, H, W]` into `output` (height, width) parts as evenly
/// as possible.
///
/// - Returns: `[N, C, H', W']`
public func adaptiveMaxPool(_ x: Tensor, output: SIMD2<Int>) -> Tensor {
  precondition(x.shape.rank == 4, "pool: input of shape \(x.shape) is not [N, C, H, W]")
  if output == [1, 1] { return globalMaxPool(x) }
  return maxPool(
    x, adaptiveProblem(x, output), .adaptive, Pooling(kind: .adaptiveMax(output: output)))
}

private func adaptiveProblem(_ x: Tensor, _ output: SIMD2<Int>) -> PoolingProblem {
  precondition(
    output.x > 0 && output.y > 0 && (x.shape.count > 0 || x.shape[0] == 0),
    "pool: \(output) windows in shape \(x.shape)")
  return PoolingProblem(
    images: x.shape[0], channels: x.shape[1], inputSize: [x.shape[2], x.shape[3]],
    outputSize: output)
}

private func averagePool(
  _ x: Tensor, _ problem: PoolingProblem, _ rule: AveragePoolingRule, _ pooling: Pooling
) -> Tensor {
  let input = x.activation
  let output = input.makeAlike(problem.outputShape)
  x.kernels.averagePool(problem, rule, input.source, into: output.target)
  return recorded(.pool(pooling), inputs: [x], value: output) {
    [node = x.trace?.node, shape = x.shape] gradient, tape in
    let dx = gradient.makeAlike(shape)
    gradient.kernels.averagePoolBackward(
      problem, rule, gradient: gradient.source, into: dx.target)
    tape.accumulate(dx, at: node)
  }
}

private func maxPool(
  _ x: Tensor, _ problem: PoolingProblem, _ rule: MaxPoolingRule, _ pooling: Pooling
) -> Tensor {
  let input = x.activation
  let output = input.makeAlike(problem.outputShape)
  let chosen = Tensor.uninitialized(output.shape, dtype: .int32, on: x.device)
  x.kernels.maxPool(
    problem, rule, input.source, into: output.target, chosen: chosen.numbers)
  return recorded(.pool(pooling), inputs: [x], value: output) {
    [node = x.trace?.node, shape = x.shape] gradient, tape in
    let dx = gradient.makeAlike(shape)
    gradient.kernels.maxPoolBackward(
      problem, chosen: chosen.numbers, gradient: gradient.source, into: dx.target)
    tape.accumulate(dx, at: node)
  }
}

private func problem(_ x: Tensor, _ pooling: Pooling) -> PoolingProblem {
  precondition(
    pooling.dilation == [1, 1] || pooling.kind == .max,
    "pool: a dilation of \(pooling.dilation) is for maxima only")
  func extent(_ input: Int, _ axis: Int) -> Int {
    let (kernel, stride) = (pooling.kernel[axis], pooling.stride[axis])
    let (padding, dilation) = (pooling.padding[axis], pooling.dilation[axis])
    precondition(
      padding >= 0 && padding * 2 <= kernel && kernel > 0 && stride > 0 && dilation > 0,
      "pool: padding \(padding) for kernel \(kernel) and stride \(stride)")
    let room = input + 2 * padding - dilation * (kernel - 1) - 1
    let slack = pooling.roundsUp ? stride - 1 : 0
    precondition(room + slack >= 0, "pool: kernel \(kernel) does not fit into \(input) pixels")
    let rounded = (room + slack) / stride + 1
    guard pooling.roundsUp else { return rounded }
    // A window must start inside the image or its left padding.
    return (rounded - 1) * stride >= input + padding ? rounded - 1 : rounded
  }
  return PoolingProblem(
    images: x.shape[0], channels: x.shape[1], inputSize: [x.shape[2], x.shape[3]],
    outputSize: [extent(x.shape[2], 0), extent(x.shape[3], 1)], kernel: pooling.kernel,
    stride: pooling.stride, padding: pooling.padding, dilation: pooling.dilation)
}

extension PoolingProblem {
  fileprivate var outputShape: Shape { [images, channels, outputSize.x, outputSize.y] }
}

extension Tensor {
  fileprivate var numbers: UnsafeMutablePointer<Int32> {
    storage.pointer.assumingMemoryBound(to: Int32.self)
  }
}
