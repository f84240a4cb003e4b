public import Kernels

/// Where tensors live and operations run.
///
/// An operation never touches memory itself: it calls a kernel of its tensors' device. Memory that
/// a device hands out is uninitialised, 64-byte aligned, and pooled: the same sizes come back
/// without a call to the system.
public protocol Device: AnyObject {
  /// A name for messages and logs: `cpu`.
  var name: String { get }

  /// What the device can compute.
  var kernels: any KernelSet { get }

  func allocate(byteCount: Int) -> Storage
  func deallocate(_ pointer: UnsafeMutableRawPointer, byteCount: Int)
}
