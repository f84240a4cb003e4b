internal import CKernels

extension PoolingProblem {
  fileprivate var lowered: ck_pooling {
    ck_pooling(
      images: images, channels: channels, height: inputSize.x, width: inputSize.y,
      out_height: outputSize.x, out_width: outputSize.y, kernel_height: kernel.x,
      kernel_width: kernel.y, stride_height: stride.x, stride_width: stride.y,
      pad_top: padding.x, pad_left: padding.y, dilation_height: dilation.x,
      dilation_width: dilation.y, divisor: 0)
  }

  fileprivate func lowered(_ rule: AveragePoolingRule) -> ck_pooling {
    var result = lowered
    if case .quotient(let divisor) = rule { result.divisor = divisor }
    return result
  }
}

extension CPUKernels {
  public func maxPool(
    _ problem: PoolingProblem, _ rule: MaxPoolingRule, _ x: Source, into y: Target,
    chosen: UnsafeMutablePointer<Int32>
  ) {
    var lowered = problem.lowered
    switch rule {
    case .windows: ck_max_pool(threadCount, &lowered, x, y, chosen)
    case .adaptive: ck_adaptive_max_pool(threadCount, &lowered, x, y, chosen)
    }
  }

  public func maxPoolBackward(
    _ problem: PoolingProblem, chosen: UnsafePointer<Int32>, gradient dy: Source,
    into dx: Target
  ) {
    var lowered = problem.lowered
    ck_max_pool_backward(threadCount, &lowered, chosen, dy, dx)
  }

  public func averagePool(
    _ problem: PoolingProblem, _ rule: AveragePoolingRule, _ x: Source, into y: Target
  ) {
    var lowered = problem.lowered(rule)
    switch rule {
    case .quotient: ck_average_pool(threadCount, &lowered, 1, x, y)
    case .windows(let countsPadding):
      ck_average_pool(threadCount, &lowered, countsPadding ? 1 : 0, x, y)
    case .adaptive:
      ck_adaptive_pool(threadCount, &lowered, x, y)
    }
  }

  public func averagePoolBackward(
    _ problem: PoolingProblem, _ rule: AveragePoolingRule, gradient dy: Source, into dx: Target
  ) {
    var lowered = problem.lowered(rule)
    switch rule {
    case .quotient: ck_average_pool_backward(threadCount, &lowered, 1, dy, dx)
    case .windows(let countsPadding):
      ck_average_pool_backward(threadCount, &lowered, countsPadding ? 1 : 0, dy, dx)
    case .adaptive:
      ck_adaptive_pool_backward(threadCount, &lowered, dy, dx)
    }
  }
}
