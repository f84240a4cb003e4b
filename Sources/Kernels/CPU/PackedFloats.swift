/// Weights in an arrangement of our own kernels.
final class PackedFloats {
  /// What tells arrangements of one weight apart.
  enum Arrangement: Hashable {
    case winograd(isTransposed: Bool, isScaled: Bool)
    case pointwise(isTransposed: Bool, isScaled: Bool)
    case depthwise(isScaled: Bool)
    /// Of bfloat16.
    case compact(isTransposed: Bool, isScaled: Bool)
    /// Of bfloat16, of each output what lies under its window.
    case windows(isScaled: Bool)
    /// `overlaps`: the last vector of channels shares some with the one before, in bfloat16.
    case separable(overlaps: Bool)

    /// Whether it takes so much more memory than the weights that workers should share it.
    fileprivate var isLarge: Bool {
      if case .winograd = self { true } else { false }
    }
  }

  private let block: PoolBlock
  fileprivate var version = -1
  fileprivate var constants: [Float]?
  /// Of what workers share: the last of their runs in which one of them used it.
  fileprivate var run = 0

  fileprivate init(count: Int, pool: MemoryPool, gate: Gate? = nil) {
    block = PoolBlock(byteCount: count * MemoryLayout<Float>.stride, pool: pool, gate: gate)
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
    let shelf = packed.shelf(of: ObjectIdentifier(kernels.oneDNN))
    let known = shelf.copies[arrangement] as? PackedFloats
    if let known, isCurrent(known, constants) { return known }
    if let team = kernels.team,
      let shared = team.gate.pass({
        packed(arrangement, constants: constants, count: count, by: team, fill)
      })
    {
      return shared
    }
    let weights = known ?? PackedFloats(count: count, pool: kernels.pool)
    fill(weights.floats)
    weights.version = version
    weights.constants = constants
    shelf.copies[arrangement] = weights
    return weights
  }

  private func isCurrent(_ copy: PackedFloats, _ constants: [Float]?) -> Bool {
    copy.version == version && copy.constants == constants
  }

  /// The copy that the workers of a team share, which is their device's; to be called inside the
  /// team's gate. The first worker that needs it fills it, and the others wait for that.
  ///
  /// - Returns: `nil` if each worker is to have one for itself: where copies are small, and where
  ///   somebody uses the copy with other constants in the same run and may be reading it.
  private func packed(
    _ arrangement: PackedFloats.Arrangement, constants: [Float]?, count: Int, by team: WorkerTeam,
    _ fill: (Target) -> Void
  ) -> PackedFloats? {
    let shelf = packed.shelf(of: team.device)
    let known = shelf.copies[arrangement] as? PackedFloats
    if let known, isCurrent(known, constants) {
      known.run = team.run
      return known
    }
    guard arrangement.isLarge, known?.run != team.run else { return nil }
    let weights = known ?? PackedFloats(count: count, pool: team.pool, gate: team.gate)
    fill(weights.floats)
    weights.version = version
    weights.constants = constants
    weights.run = team.run
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
