/// Weights in an arrangement of our own kernels.
final class PackedFloats {
  /// What tells arrangements of one weight apart.
  enum Arrangement: Hashable {
    case winograd(isTransposed: Bool, isScaled: Bool)
    case pointwise(isTransposed: Bool, isScaled: Bool)
    case depthwise(isScaled: Bool)
  }

  private let block: PoolBlock
  fileprivate var version = -1
  fileprivate var scale: [Float]?

  fileprivate init(count: Int, pool: MemoryPool) {
    block = PoolBlock(byteCount: count * MemoryLayout<Float>.stride, pool: pool)
  }

  var floats: Target { block.floats }
}

extension WeightOperand {
  /// The weights in an arrangement, which `fill` makes unless that was done before.
  ///
  /// - Parameter scale: a factor of each output channel that `fill` puts in.
  func packed(
    _ arrangement: PackedFloats.Arrangement, scale: [Float]? = nil, count: Int,
    with kernels: CPUKernels, _ fill: (Target) -> Void
  ) -> PackedFloats {
    let shelf = packed.shelf(of: ObjectIdentifier(kernels.oneDNN))
    let known = shelf.copies[arrangement] as? PackedFloats
    if let known, known.version == version, known.scale == scale { return known }
    let weights = known ?? PackedFloats(count: count, pool: kernels.pool)
    fill(weights.floats)
    weights.version = version
    weights.scale = scale
    shelf.copies[arrangement] = weights
    return weights
  }
}

extension CPUKernels {
  /// Working memory, valid until the next kernel runs.
  func floatScratch(count: Int) -> Target? {
    oneDNN.scratchpad(byteCount: count * MemoryLayout<Float>.stride)?
      .assumingMemoryBound(to: Float.self)
  }
}
