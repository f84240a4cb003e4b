public import Kernels

/// The host's processor and memory. Its tensors are used from one thread, the model's.
public final class CPU: Device {
  private let pool: MemoryPool
  private let cpuKernels: CPUKernels

  /// - Parameters:
  ///   - threads: how many share the work of an operation; `nil` for OMP_NUM_THREADS, or else all
  ///     processors of this process.
  ///   - onExhaustion: ends the program when there is no more memory; by default it traps.
  public init(
    threads: Int? = nil,
    onExhaustion: @escaping (OutOfMemory) -> Never = { preconditionFailure("\($0)") }
  ) {
    pool = MemoryPool(onExhaustion: onExhaustion)
    cpuKernels = CPUKernels(threads: threads, pool: pool)
  }

  public var threads: Int { cpuKernels.threads }
  public var name: String { "cpu" }
  public var kernels: any KernelSet { cpuKernels }

  /// The most bytes that tensors and kernels ever held at once.
  public var peakByteCount: Int { pool.peakBytes }

  public func allocate(byteCount: Int) -> Storage {
    Storage(pointer: pool.allocate(byteCount: byteCount), byteCount: byteCount, device: self)
  }

  public func deallocate(_ pointer: UnsafeMutableRawPointer, byteCount: Int) {
    pool.deallocate(pointer)
  }
}
