/// A block of a device's memory, given back to the device when the last tensor lets go of it.
public final class Storage {
  /// Aligned to at least 64 bytes.
  public let pointer: UnsafeMutableRawPointer
  public let byteCount: Int
  public let device: any Device
  /// What this is a part of, and what gives the memory back then.
  private let whole: Storage?

  /// Takes over memory that ``Device/allocate(byteCount:)`` prepared.
  public init(pointer: UnsafeMutableRawPointer, byteCount: Int, device: any Device) {
    self.pointer = pointer
    self.byteCount = byteCount
    self.device = device
    whole = nil
  }

  /// A part of `whole`, which lives as long as its parts.
  ///
  /// - Parameter offset: in bytes, a multiple of 64.
  init(partOf whole: Storage, offset: Int, byteCount: Int) {
    precondition(
      offset.isMultiple(of: 64) && offset >= 0 && offset + byteCount <= whole.byteCount,
      "\(byteCount) bytes at \(offset) are no part of \(whole.byteCount) bytes")
    pointer = whole.pointer + offset
    self.byteCount = byteCount
    device = whole.device
    self.whole = whole
  }

  deinit {
    if whole == nil { device.deallocate(pointer, byteCount: byteCount) }
  }
}
