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
    let channels = normalization.channels
    let parts = PixelParts(
      of: normalization.pixelCount, channels: channels, with: normalization.kernels)
    let readers = (0..<parts.teamCount).map { _ in partReader(function, partSize: parts.size) }
    parts.run { team, kernels, pixels in
      readers[team].compute(pixels, into: target + pixels.lowerBound * channels, with: kernels)
    }
  }

  fileprivate func partReader(_ function: PointwiseFunction, partSize: Int) -> SumPartReader {
    SumPartReader(normalization, other, function, partSize: partSize)
  }
}

/// Computes a function of a sum part by part, for one thread.
///
/// What is added may have been forgotten, as may what that is computed from, and so on through the
/// blocks of a stage: it is then computed part by part as well, into memory for a part.
private final class SumPartReader {
  private let normalization: PendingNormalization
  private let function: PointwiseFunction
  private let addend: PartReader?
  private let inner: SumPartReader?
  private let scratch: Tensor?

  init(
    _ normalization: PendingNormalization, _ other: Tensor, _ function: PointwiseFunction,
    partSize: Int
  ) {
    self.normalization = normalization
    self.function = function
    let forgotten = other.storage.pending as? ActivatedSum
    inner = forgotten.map { $0.sum.partReader($0.function, partSize: partSize) }
    addend = inner == nil ? PartReader(other, as: .float32, partSize: partSize) : nil
    scratch =
      inner == nil
      ? nil : .activation([1, normalization.channels, 1, partSize], .float32, on: other.device)
  }

  func compute(_ pixels: Range<Int>, into target: Target, with kernels: any KernelSet) {
    let count = pixels.count * normalization.channels
    normalization.compute(pixels: pixels, into: MutableElements(target), with: kernels)
    if let inner, let scratch {
      inner.compute(pixels, into: scratch.target, with: kernels)
      kernels.add(scratch.source, scale: 1, to: target, count: count)
    } else {
      guard let part = addend?.part(pixels, with: kernels).floats else {
        preconditionFailure("what was asked for in float32 came in another precision")
      }
      kernels.add(part, scale: 1, to: target, count: count)
    }
    if function != .identity { kernels.apply(function, target, into: target, count: count) }
  }
}

/// A function of each element of a sum, to be computed again.
final class ActivatedSum: DeferredElements {
  fileprivate let sum: PendingSum
  fileprivate let function: PointwiseFunction

  init(_ sum: PendingSum, _ function: PointwiseFunction) {
    self.sum = sum
    self.function = function
  }

  func compute(into target: Target) {
    sum.compute(function, into: target)
  }
}

extension Tensor {
  /// Gives the memory of a recorded value back until somebody asks for its elements, if these can be
  /// computed again in one pass over what the tape keeps anyway: at the end of a residual block they
  /// can.
  ///
  /// Worth it for what nobody needs before the backward pass, where memory is wanted most.
  public func forgetElements() {
    if trace != nil { storage.forget() }
  }

  /// A sum that is to be computed, as long as nobody needed it as a whole.
  var pendingSum: PendingSum? { storage.pending as? PendingSum }
}
