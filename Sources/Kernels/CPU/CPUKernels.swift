internal import CKernels
internal import Glibc

/// The kernels of the host's processor: oneDNN for convolutions and matrix products, loops of our
/// own for the rest, all on one pool of OpenMP threads.
public final class CPUKernels: KernelSet {
  /// Threads that share the work of a kernel. The same number gives the same bits.
  public let threads: Int
  let pool: MemoryPool
  let oneDNN: OneDNN

  /// - Parameters:
  ///   - threads: `nil` for OMP_NUM_THREADS, or else all processors of this process.
  ///   - pool: where kernels take their working memory.
  public init(threads: Int?, pool: MemoryPool) {
    precondition(threads.map { $0 > 0 } ?? true, "a CPU needs a thread, got \(threads ?? 0)")
    self.threads = threads ?? Self.defaultThreads
    self.pool = pool
    oneDNN = OneDNN(pool: pool)
  }

  /// A share of the last level of cache of today's servers. Not asked of the machine: the same
  /// parts everywhere give the same bits.
  public var partByteCount: Int { Self.partSize }
  private static let partSize = Int(getenv("PART").map { String(cString: $0) } ?? "") ?? 8 << 20

  /// Asked once: later the answer is what ``prepareThreads()`` has set on this thread.
  private static let defaultThreads = Int(ck_default_threads())

  var threadCount: Int32 { Int32(threads) }

  /// OpenMP keeps its number of threads per calling thread; set before each call of oneDNN.
  func prepareThreads() {
    ck_set_threads(threadCount)
  }
}
