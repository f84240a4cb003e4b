/// The processes that train one model together, each on a batch of its own, as operations see them.
///
/// All ranks call the same operations in the same order, and each waits in them for the others.
public protocol RankGroup: AnyObject {
  /// How many ranks there are, this one included.
  var rankCount: Int { get }

  /// What each rank passes, in the order of the ranks, so that all of them compute the same bits
  /// from it.
  ///
  /// Does not return if a rank cannot be reached: operations do not throw.
  ///
  /// - Parameter values: as many on each rank.
  func gather(_ values: [Double]) -> [[Double]]
}
