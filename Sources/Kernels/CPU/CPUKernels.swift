internal import CKernels

/// The kernels of the host's processor: oneDNN for convolutions and matrix products, loops of our
/// own for the rest, all on one pool of OpenMP threads.
public final class CPUKernels: KernelSet {
  /// Threads that share the work of a kernel. The same number gives the same bits.
  public let threads: Int
  /// Where tensors of this set's device and its working memory come from.
  public let pool: MemoryPool
  let precision: Precision
  let oneDNN: OneDNN
  /// Of a worker's kernels: what it shares with the others.
  let team: WorkerTeam?
  /// A set for each thread; none where there is only one.
  public let workerSets: [CPUKernels]
  /// What they share.
  private let workerTeam: WorkerTeam

  /// - Parameters:
  ///   - threads: `nil` for OMP_NUM_THREADS, or else all processors of this process.
  ///   - precision: one that the processor ``computesFast(_:)``.
  ///   - pool: where kernels take their working memory.
  public convenience init(threads: Int?, precision: Precision = .float32, pool: MemoryPool) {
    self.init(threads: threads, precision: precision, pool: pool, team: nil)
  }

  private init(threads: Int?, precision: Precision, pool: MemoryPool, team: WorkerTeam?) {
    precondition(Self.computesFast(precision), "the processor has no instructions for \(precision)")
    precondition(threads.map { $0 > 0 } ?? true, "a CPU needs a thread, got \(threads ?? 0)")
    self.threads = threads ?? Int(ck_default_threads())
    self.pool = pool
    self.precision = precision
    self.team = team
    oneDNN = OneDNN(pool: pool, team: team)
    let workerTeam = WorkerTeam(of: ObjectIdentifier(oneDNN), pool: pool)
    self.workerTeam = workerTeam
    workerSets =
      self.threads > 1
      ? (0..<self.threads).map { _ in
        CPUKernels(
          threads: 1, precision: precision, pool: pool.makeAnother(), team: workerTeam)
      } : []
  }

  /// Whether this processor has instructions for convolutions in `precision`, as far as the
  /// environment (`DNNL_MAX_CPU_ISA`) lets them be used.
  public static func computesFast(_ precision: Precision) -> Bool {
    precision == .float32 || OneDNN.hasBFloat16Instructions
  }

  public var workers: [any KernelSet] { workerSets }

  public func onWorkers(_ body: (_ worker: Int) -> Void) {
    workerTeam.run += 1
    // The region ends before this call does, so the closure may stay on the stack.
    withoutActuallyEscaping(body) { body in
      withExtendedLifetime(WorkerBody(body)) { (content: WorkerBody) in
        ck_run_workers(
          Int32(workerSets.count),
          { context, worker in
            guard let context else { return }
            Unmanaged<WorkerBody>.fromOpaque(context).takeUnretainedValue().body(Int(worker))
          }, Unmanaged.passUnretained(content).toOpaque())
      }
    }
  }

  var threadCount: Int32 { Int32(threads) }

  /// OpenMP keeps its number of threads per calling thread; set before each call of oneDNN.
  func prepareThreads() {
    ck_set_threads(threadCount)
  }
}

extension Precision {
  /// As the C loops are told.
  var flag: Int32 { self == .bfloat16 ? 1 : 0 }
}

/// A closure on its way through C.
private final class WorkerBody {
  let body: (Int) -> Void

  init(_ body: @escaping (Int) -> Void) {
    self.body = body
  }
}
