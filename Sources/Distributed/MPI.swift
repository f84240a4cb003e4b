internal import CMPI

/// The MPI library, as a process uses it once.
public enum MPI {
  /// Starts MPI, runs `body` with all ranks, and ends MPI.
  ///
  /// A process is a rank if a launcher (`mpirun`) started it, and is alone otherwise. If the process
  /// uses MPI already, it is neither started nor ended. What MPI itself finds wrong at the start ends
  /// the process, with MPI's message.
  ///
  /// When `body` throws, the process is to report the error and exit with a status other than 0.
  /// MPI is not ended then, since that would wait for ranks that wait for this one: a launcher takes
  /// an exit without it as a failure, and ends the others.
  ///
  /// - Parameter body: does all that has to do with the communicator, from one thread at a time.
  /// - Throws: ``CommunicationError``, and what `body` throws.
  public static func run<Result>(_ body: (MPICommunicator) throws -> Result) throws -> Result {
    let isOwner = try start()
    let communicator = try MPICommunicator()
    let result: Result
    do {
      result = try body(communicator)
    } catch {
      communicator.close()
      throw error
    }
    try communicator.free()
    if isOwner { MPI_Finalize() }
    return result
  }

  /// - Returns: whether MPI was started here.
  private static func start() throws(CommunicationError) -> Bool {
    var (isStarted, isEnded, support) = (Int32(0), Int32(0), Int32(0))
    MPI_Finalized(&isEnded)
    guard isEnded == 0 else { throw .ended }
    MPI_Initialized(&isStarted)
    if isStarted == 0 {
      // The thread that owns the model need not be the one that started MPI.
      MPI_Init_thread(nil, nil, Int32(MPI_THREAD_SERIALIZED), &support)
    } else {
      MPI_Query_thread(&support)
    }
    guard support >= Int32(MPI_THREAD_SERIALIZED) else { throw .needsThreads }
    return isStarted == 0
  }
}
