internal import CMPI

/// The ranks of an MPI run; ``MPI/run(_:)`` makes one, and it can be used as long as that runs.
///
/// Sums are computed by `MPI_Allreduce`. Open MPI chooses the order by the number of ranks and
/// values and gives all ranks the same bits.
public final class MPICommunicator: Communicator {
  public let rank: Int
  public let rankCount: Int
  /// `nil` after the end.
  private var handle: MPI_Comm?

  /// Of all ranks, apart from what else the process may do over MPI.
  init() throws(CommunicationError) {
    var (world, rank, count) = (MPI_Comm?.none, Int32(0), Int32(0))
    try Self.check(mpi_duplicate_world(&world), "MPI_Comm_dup", rank: 0)
    MPI_Comm_rank(world, &rank)
    MPI_Comm_size(world, &count)
    (handle, self.rank, rankCount) = (world, Int(rank), Int(count))
  }

  public func sum(_ values: UnsafeMutableBufferPointer<Float>) throws(CommunicationError) {
    for part in parts(of: values.count) {
      try check(
        mpi_sum_floats(
          world, values.baseAddress.map { $0 + part.lowerBound }, Int32(part.count)),
        "MPI_Allreduce")
    }
  }

  public func broadcast(
    _ bytes: UnsafeMutableRawBufferPointer, from root: Int
  ) throws(CommunicationError) {
    precondition((0..<rankCount).contains(root), "rank \(root) of \(rankCount)")
    for part in parts(of: bytes.count) {
      try check(
        mpi_broadcast_bytes(
          world, bytes.baseAddress.map { $0 + part.lowerBound }, Int32(part.count), Int32(root)),
        "MPI_Bcast")
    }
  }

  public func gatherFromAll(_ values: [Double]) throws(CommunicationError) -> [[Double]] {
    var all = [Double](repeating: 0, count: values.count * rankCount)
    try check(
      mpi_gather_doubles(world, values, Int32(values.count), &all), "MPI_Allgather")
    return (0..<rankCount).map { rank in
      Array(all[(rank * values.count)..<((rank + 1) * values.count)])
    }
  }

  public func barrier() throws(CommunicationError) {
    try check(MPI_Barrier(world), "MPI_Barrier")
  }

  public func abort(_ error: CommunicationError) -> Never {
    mpi_abort(world, "\(error)")
  }

  /// Gives it back to MPI; all ranks do so.
  func free() throws(CommunicationError) {
    try check(MPI_Comm_free(&handle), "MPI_Comm_free")
    close()
  }

  /// Ends its use.
  func close() { handle = nil }

  private var world: MPI_Comm {
    guard let handle else { preconditionFailure("a communicator was used after MPI.run") }
    return handle
  }

  /// MPI counts in 32 bits.
  private func parts(of count: Int) -> [Range<Int>] {
    stride(from: 0, to: count, by: Self.mostAtOnce).map {
      $0..<min($0 + Self.mostAtOnce, count)
    }
  }

  private static let mostAtOnce = 1 << 28

  private func check(_ status: Int32, _ function: String) throws(CommunicationError) {
    try Self.check(status, function, rank: rank)
  }

  private static func check(
    _ status: Int32, _ function: String, rank: Int
  ) throws(CommunicationError) {
    guard status != MPI_SUCCESS else { return }
    var text = [CChar](repeating: 0, count: Int(MPI_MAX_ERROR_STRING))
    var length: Int32 = 0
    MPI_Error_string(status, &text, &length)
    let reason = String(decoding: text.prefix(Int(length)).map(UInt8.init), as: UTF8.self)
    throw .failed(function: function, rank: rank, reason: reason)
  }
}
