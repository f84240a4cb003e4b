/// A block of a device's memory, given back to the device when the last tensor lets go of it.
public final class Storage {
  /// Aligned to at least 64 bytes.
  public let pointer: UnsafeMutableRawPointer
  public let byteCount: Int
  public let device: any Device

  /// Takes over memory that ``Device/allocate(byteCount:)`` prepared.
  public init(pointer: UnsafeMutableRawPointer, byteCount: Int, device: any Device) {
    self.pointer = pointer
    self.byteCount = byteCount
    self.device = device
  }

  deinit {
    device.deallocate(pointer, byteCount: byteCount)
  }
}
