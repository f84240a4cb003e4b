/// The order in which an epoch visits the samples of a data set.
///
/// The order is a function of the epoch, so that a run can be resumed anywhere.
public protocol IndexSampler: Sendable {
  /// How many samples an epoch has for this rank.
  var epochCount: Int { get }

  /// The samples of an epoch, the same list each time.
  func indices(epoch: Int) -> [Int]
}
