/// Weights in an arrangement of our own kernels.
final class PackedFloats {
  /// What tells arrangements of one weight apart.
  enum Arrangement: Hashable {
    case winograd(isTransposed: Bool, isScaled: Bool)
    case pointwise(isTransposed: Bool, isScaled: Bool)
    case depthwise(isScaled: Bool)
    /// Of bfloat16.
    case compact(isTransposed: Bool, isScaled: Bool)
    case separable
  }

  private let block: PoolBlock
  fileprivate var version = -1
  fileprivate var constants: [Float]?

  fileprivate init(count: Int, pool: MemoryPool) {
    block = PoolBlock(byteCount: count * MemoryLayout<Float>.stride, pool: pool)
  }

  var floats: Target { block.floats }
}

extension WeightOperand {
  /// The weights in an arrangement, which `fill` makes unless that was done before.
  ///
  /// - Parameter constants: what `fill` puts in beside the weights, such as a factor of each output
  ///   channel.
  func packed(
    _ arrangement: PackedFloats.Arrangement, constants: [Float]? = nil, count: Int,
    with kernels: CPUKernels, _ fill: (Target) -> Void
  ) -> PackedFloats {
    func isCurrent(_ copy: PackedFloats) -> Bool {
      copy.version == version && copy.constants == constants
    }
    if let team = kernels.team,
      let shared = packed.knownShelf(of: team)?.copies[arrangement] as? PackedFloats,
      isCurrent(shared)
    {
      return shared
    }
    let shelf = packed.shelf(of: ObjectIdentifier(kernels.oneDNN))
    let known = shelf.copies[arrangement] as? PackedFloats
    if let known, isCurrent(known) { return known }
    let weights = known ?? PackedFloats(count: count, pool: kernels.pool)
    fill(weights.floats)
    weights.version = version
    weights.constants = constants
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
