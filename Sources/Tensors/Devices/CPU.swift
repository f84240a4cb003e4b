public import Kernels

/// The host's processor and memory. Its tensors are used from one thread, the model's.
public final class CPU: Device {
  private let pool: MemoryPool
  public let kernels: any KernelSet
  public let threads: Int
  /// A device for each processor, for work that they do apart; none where there is only one, or
  /// where a profile is kept.
  let workers: [CPU]

  /// - Parameters:
  ///   - threads: how many share the work of an operation; `nil` for OMP_NUM_THREADS, or else all
  ///     processors of this process.
  ///   - precision: of what lies between layers; one that the processor ``computesFast(_:)``.
  ///   - profile: books what kernels do.
  ///   - onExhaustion: ends the program when there is no more memory; by default it traps.
  public convenience init(
    threads: Int? = nil, precision: Precision = .float32, profile: KernelProfile? = nil,
    onExhaustion: @escaping (OutOfMemory) -> Never = { preconditionFailure("\($0)") }
  ) {
    self.init(
      CPUKernels(
        threads: threads, precision: precision, pool: MemoryPool(onExhaustion: onExhaustion)),
      profile: profile)
  }

  private init(_ kernels: CPUKernels, profile: KernelProfile?) {
    pool = kernels.pool
    threads = kernels.threads
    self.kernels = profile.map { ProfilingKernels(kernels, profile: $0) } ?? kernels
    workers = profile == nil ? kernels.workerSets.map { CPU($0, profile: nil) } : []
  }

  public var name: String { "cpu" }

  /// Whether this processor has instructions for convolutions in `precision`, as far as the
  /// environment (`DNNL_MAX_CPU_ISA`) lets them be used.
  public static func computesFast(_ precision: Precision) -> Bool {
    CPUKernels.computesFast(precision)
  }

  /// The most bytes that tensors and kernels ever held at once.
  public var peakByteCount: Int { workers.reduce(pool.peakBytes) { $0 + $1.peakByteCount } }

  public func allocateMemory(byteCount: Int) -> UnsafeMutableRawPointer {
    pool.allocate(byteCount: byteCount)
  }

  public func deallocate(_ pointer: UnsafeMutableRawPointer, byteCount: Int) {
    pool.deallocate(pointer)
  }
}
