public import Vision

/// Where batches come from: a loader, or batches kept in memory.
///
/// The order of batches is a function of the epoch, so that a run can be resumed anywhere.
public protocol BatchSource {
  var dataset: any Dataset { get }
  /// Batches of an epoch.
  var batchCount: Int { get }

  /// Opens the batches of one epoch.
  ///
  /// - Parameter start: how many batches to pass over.
  func stream(epoch: Int, from start: Int) -> any BatchStream

  /// Opens the batches from a place on, one epoch after another without end.
  func endlessStream(from start: Batch.Position) -> any BatchStream
}

/// Batches in order.
public protocol BatchStream: AnyObject {
  /// The next batch; `nil` at the end.
  func next() throws -> Batch?
}

extension BatchIterator: BatchStream {}

extension DataLoader: BatchSource {
  public func stream(epoch: Int, from start: Int) -> any BatchStream {
    batches(epoch: epoch, from: start)
  }

  public func endlessStream(from start: Batch.Position) -> any BatchStream {
    endlessBatches(from: start)
  }
}
