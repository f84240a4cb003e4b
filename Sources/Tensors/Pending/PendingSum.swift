internal import Kernels

/// The sum of a pending normalisation and another activation of its shape, to be computed.
///
/// At the end of a residual block, a rectifier follows: it then takes normalisation and sum along in
/// one pass, and neither is ever written to memory. For all others the sum is like any value, which
/// is computed when they ask for its elements.
final class PendingSum: DeferredElements {
  private let normalization: PendingNormalization
  /// May be another pending normalisation.
  private let other: Tensor

  /// `nil` unless both are activations `[N, C, H, W]` of one shape, and one is pending.
  init?(_ left: Tensor, _ right: Tensor) {
    guard left.shape == right.shape, left.layout == right.layout else { return nil }
    let (first, second) = left.pending is PendingNormalization ? (left, right) : (right, left)
    guard let normalization = first.pending as? PendingNormalization else { return nil }
    self.normalization = normalization
    other = second.detached
  }

  func compute(into target: Target) {
    compute(.identity, into: target)
  }

  /// A function of each element of the sum.
  func compute(_ function: PointwiseFunction, into target: Target) {
    let (kernels, channels) = (normalization.kernels, normalization.channels)
    let workers = kernels.workers
    let teams = workers.isEmpty ? [kernels] : workers
    let (pixelCount, size) = (normalization.pixelCount, max(Self.partCount / channels, 1))
    let parts = stride(from: 0, to: pixelCount, by: size).map { $0..<min($0 + size, pixelCount) }
    let addends = teams.map { _ in PartReader(other, as: .float32, partSize: size) }
    func takeParts(_ team: Int) {
      let kernels = teams[team]
      for index in stride(from: team, to: parts.count, by: teams.count) {
        let (pixels, count) = (parts[index], parts[index].count * channels)
        let part = target + pixels.lowerBound * channels
        normalization.compute(pixels: pixels, into: MutableElements(part), with: kernels)
        guard let addend = addends[team].part(pixels, with: kernels).floats else {
          preconditionFailure("what was asked for in float32 came in another precision")
        }
        kernels.add(addend, scale: 1, to: part, count: count)
        if function != .identity { kernels.apply(function, part, into: part, count: count) }
      }
    }
    if workers.isEmpty { takeParts(0) } else { kernels.onWorkers(takeParts) }
  }

  /// Elements of a part: with what is added to it, it fills some of a processor's own cache.
  private static let partCount = 64 << 10
}

extension Tensor {
  /// A sum that is to be computed, as long as nobody needed it as a whole.
  var pendingSum: PendingSum? { storage.pending as? PendingSum }
}
