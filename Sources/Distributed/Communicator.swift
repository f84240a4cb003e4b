public import Tensors

/// Several processes, its *ranks*, that compute together, as one of them sees them.
///
/// Except for ``abort(_:)``, every function here is called by all ranks, in the same order and for
/// as many numbers, and waits until what it needs from the others is there.
public protocol Communicator: RankGroup {
  /// This one's number, from 0.
  var rank: Int { get }

  /// Replaces values by their sums over all ranks. They are the same bits on each, and from run to
  /// run with as many ranks on the same machines.
  func sum(_ values: UnsafeMutableBufferPointer<Float>) throws(CommunicationError)

  /// Replaces bytes by those of the rank `root`.
  func broadcast(
    _ bytes: UnsafeMutableRawBufferPointer, from root: Int
  ) throws(CommunicationError)

  /// What each rank passes, in the order of the ranks.
  func gatherFromAll(_ values: [Double]) throws(CommunicationError) -> [[Double]]

  /// Waits until all ranks have come here.
  func barrier() throws(CommunicationError)

  /// Ends the processes of all ranks with a message: those that wait for this one would do so
  /// forever.
  func abort(_ error: CommunicationError) -> Never
}

extension Communicator {
  /// ``gatherFromAll(_:)`` for operations, which do not throw: an error ends all ranks.
  public func gather(_ values: [Double]) -> [[Double]] {
    do {
      return try gatherFromAll(values)
    } catch {
      abort(error)
    }
  }
}
