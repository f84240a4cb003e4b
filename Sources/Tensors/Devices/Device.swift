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

  func allocateMemory(byteCount: Int) -> UnsafeMutableRawPointer
  func deallocate(_ pointer: UnsafeMutableRawPointer, byteCount: Int)

  /// Applies `body`, a function of each image by itself that changes nothing, to a batch
  /// `[N, C, H, W]` off the tape: at once or in parts, whatever is faster.
  func mapImages(_ images: Tensor, _ body: (Tensor) -> Tensor) -> Tensor
}

extension Device {
  public func allocate(byteCount: Int) -> Storage {
    Storage(pointer: allocateMemory(byteCount: byteCount), byteCount: byteCount, device: self)
  }

  public func mapImages(_ images: Tensor, _ body: (Tensor) -> Tensor) -> Tensor {
    body(images)
  }
}
