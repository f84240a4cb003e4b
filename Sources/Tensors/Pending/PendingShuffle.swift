internal import Kernels

/// Two activations `[N, C, H, W]` joined channel by channel, `[N, 2 C, H, W]`, to be written.
///
/// Where channels are shuffled, the next block often begins with a split. It takes its parts from here:
/// they are written in the pass that shuffles, and the whole is never in memory. For all others
/// this is like any value, in the precision of the two.
final class PendingShuffle: DeferredElements {
  private enum Content {
    /// What is to be joined.
    case joining(Tensor, Tensor)
    /// Once somebody wanted them apart. They replace what they were written from.
    case written(SplitChannels)
  }

  private var content: Content
  private let shape: Shape

  /// - Parameters: of one shape.
  init(_ left: Tensor, _ right: Tensor) {
    content = .joining(left.activation, right.activation)
    shape = left.shape.replacing(axis: 1, with: 2 * left.shape[1])
  }

  /// The channels of `range`, which must be the first or the last ones; `nil` where that is not so,
  /// or where others were asked for before.
  func channels(_ range: Range<Int>) -> Tensor? {
    guard range.lowerBound == 0 || range.upperBound == shape[1] else { return nil }
    let cut = range.lowerBound == 0 ? range.upperBound : range.lowerBound
    guard 0 < cut && cut < shape[1] else { return nil }
    if case .joining(let left, let right) = content { write(left, right, cut: cut) }
    guard case .written(let parts) = content, parts.cut == cut else { return nil }
    return range.lowerBound == 0 ? parts.first : parts.rest
  }

  private func write(_ left: Tensor, _ right: Tensor, cut: Int) {
    let precision = Self.precision(left, right)
    let (first, rest) = (
      Tensor.activation(shape.replacing(axis: 1, with: cut), precision, on: left.device),
      Tensor.activation(shape.replacing(axis: 1, with: shape[1] - cut), precision, on: left.device)
    )
    interleave(
      left, right, precision,
      into: CutChannels(cut: cut, first: first.mutableElements, rest: rest.mutableElements))
    content = .written(SplitChannels(first, rest))
  }

  func compute(into target: Target) {
    switch content {
    case .joining(let left, let right):
      guard let compact = compacted() else {
        interleave(
          left, right, .float32,
          into: CutChannels(cut: shape[1], first: MutableElements(target), rest: nil))
        return
      }
      compact.compute(into: target)
    case .written(let parts):
      parts.compute(into: target)
    }
  }

  func compacted() -> CompactElements? {
    guard case .joining(let left, let right) = content,
      Self.precision(left, right) == .bfloat16
    else { return nil }
    let whole = CompactElements(shape, on: left.device)
    interleave(
      left, right, .bfloat16,
      into: CutChannels(cut: shape[1], first: whole.elements, rest: nil))
    return whole
  }

  /// - Parameter target: all channels, or those up to a cut and the others.
  private func interleave(
    _ left: Tensor, _ right: Tensor, _ precision: Precision,
    into target: CutChannels<MutableElements>
  ) {
    let half = left.shape[1]
    if left.isKept && right.isKept {
      let (a, b) =
        precision == .float32
        ? (Elements(left.source), Elements(right.source)) : (left.elements, right.elements)
      left.kernels.interleave(a, b, pixels: pixelCount, half: half, into: target)
      return
    }
    // What is to be computed first is still in the cache when it is moved.
    let parts = PixelParts(of: pixelCount, channels: 2 * half, with: left.kernels)
    let readers = (0..<parts.teamCount).map { _ in
      [left, right].map { PartReader($0, as: precision, partSize: parts.size) }
    }
    parts.run { team, kernels, pixels in
      let sources = readers[team].map { $0.part(pixels, with: kernels) }
      kernels.interleave(
        sources[0], sources[1], pixels: pixels.count, half: half,
        into: target.after(pixels.lowerBound, channels: 2 * half))
    }
  }

  private var pixelCount: Int { shape[0] * shape[2] * shape[3] }

  private static func precision(_ left: Tensor, _ right: Tensor) -> Precision {
    left.precision == right.precision ? left.precision : .float32
  }
}

extension CutChannels<MutableElements> {
  /// Those of the pixels behind the first ones.
  fileprivate func after(_ pixels: Int, channels: Int) -> Self {
    CutChannels(
      cut: cut, first: first.map { $0 + pixels * cut },
      rest: rest.map { $0 + pixels * (channels - cut) })
  }
}

extension Tensor {
  /// Channels of a shuffle that nobody needed as a whole yet: `range` of them, if they can be
  /// written without it.
  func shuffledChannels(_ range: Range<Int>) -> Tensor? {
    (storage.pending as? PendingShuffle)?.channels(range)
  }
}
