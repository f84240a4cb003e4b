/// Why ranks cannot work together.
public enum CommunicationError: Error, Equatable, Sendable {
  /// `function` is MPI's name of what failed, `reason` its own words.
  case failed(function: String, rank: Int, reason: String)
  /// MPI was built for programs of one thread.
  case needsThreads
  /// MPI was started and ended before; it cannot be started twice in a process.
  case ended
}

extension CommunicationError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .failed(let function, let rank, let reason):
      "rank \(rank): \(function) failed: \(reason)"
    case .needsThreads:
      "this MPI cannot be used by programs with threads (MPI_THREAD_SERIALIZED is needed)"
    case .ended:
      "MPI has ended in this process already, and cannot be started again"
    }
  }
}
