internal import Kernels

/// A block of a device's memory, given back to the device when the last tensor lets go of it.
///
/// Its elements may be *pending*: described by what they are computed from, and computed, into
/// memory that is taken then, when somebody asks for their address. An operation that knows the
/// description can do with parts of them and never need the whole.
public final class Storage {
  public let byteCount: Int
  public let device: any Device
  private var memory: UnsafeMutableRawPointer?
  /// Whose memory it is, where it is not this one's own.
  private let owner: Storage?

  /// What the elements are to be computed from; `nil` once they are there.
  private(set) var pending: (any DeferredElements)?

  /// What they can be computed from again, if they are given up.
  var recipe: (any DeferredElements)?

  /// What is known of the elements beyond their values, as long as nobody changes them.
  var knowledge: ChannelKnowledge?

  /// Takes over memory that ``Device/allocateMemory(byteCount:)`` prepared.
  public init(pointer: UnsafeMutableRawPointer, byteCount: Int, device: any Device) {
    memory = pointer
    owner = nil
    self.byteCount = byteCount
    self.device = device
  }

  /// A part of another's memory, for kernels of `device` to read; `nil` where that would not be
  /// aligned.
  ///
  /// - Parameter pointer: the address of `owner`, asked for by the thread that uses it.
  init?(
    _ range: Range<Int>, of owner: Storage, at pointer: UnsafeRawPointer, on device: any Device
  ) {
    guard range.lowerBound % Self.alignment == 0 else { return nil }
    memory = UnsafeMutableRawPointer(mutating: pointer + range.lowerBound)
    self.owner = owner
    byteCount = range.count
    self.device = device
  }

  /// In bytes.
  private static let alignment = 64

  init(_ pending: any DeferredElements, byteCount: Int, device: any Device) {
    self.pending = pending
    owner = nil
    self.byteCount = byteCount
    self.device = device
  }

  /// Aligned to at least 64 bytes.
  public var pointer: UnsafeMutableRawPointer {
    if let memory { return memory }
    return complete()
  }

  /// Moves pending elements that are kept in bfloat16 to where they belong, without widening them.
  func compact() {
    if let compact = pending?.compacted() { pending = compact }
  }

  /// Gives the memory of the elements back if they can be computed again.
  func forget() {
    guard let recipe, let memory else { return }
    device.deallocate(memory, byteCount: byteCount)
    self.memory = nil
    pending = recipe
    self.recipe = nil
  }

  private func complete() -> UnsafeMutableRawPointer {
    let pointer = device.allocateMemory(byteCount: byteCount)
    memory = pointer
    pending?.compute(into: pointer.assumingMemoryBound(to: Float.self))
    pending = nil
    return pointer
  }

  deinit {
    if let memory, owner == nil { device.deallocate(memory, byteCount: byteCount) }
  }
}

/// Sums over all pixels that were gathered while elements were at hand.
enum ChannelKnowledge {
  /// Mean and biased variance of each channel `[C]`.
  case moments(mean: Tensor, variance: Tensor)
  /// For a gradient of the outputs of `normalization`: the sums that its own gradient needs.
  case gradientSums(ChannelGradientSums, of: PendingNormalization)
}
