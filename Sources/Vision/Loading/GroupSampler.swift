internal import Tensors

/// A random order in which the samples of each batch are of one group, as mmdet's `GroupSampler`:
/// images that are wider than high, say, so that little is padded.
///
/// Each group is shuffled, and filled up to whole batches by random repeats; then whole batches
/// change places. Nothing is dropped. With replicas, all ranks draw alike and each takes as many
/// batches, one piece of the list.
public struct GroupSampler: IndexSampler {
  public let batchSize: Int
  public let seed: UInt64
  public let replicas: Int
  public let rank: Int
  /// The samples of each group that has any.
  private let groups: [[Int]]

  /// - Parameter groups: a number for each sample of the data set.
  public init(groups: [Int], batchSize: Int, seed: UInt64, replicas: Int = 1, rank: Int = 0) {
    precondition(batchSize > 0, "a batch of \(batchSize)")
    precondition(
      replicas > 0 && (0..<replicas).contains(rank), "rank \(rank) of \(replicas) replicas")
    self.batchSize = batchSize
    self.seed = seed
    self.replicas = replicas
    self.rank = rank
    self.groups = Dictionary(grouping: groups.indices, by: { groups[$0] })
      .sorted { $0.key < $1.key }.map(\.value)
  }

  public var epochCount: Int { groups.reduce(0) { $0 + filledCount($1) } / replicas }

  public func indices(epoch: Int) -> [Int] {
    var generator = Generator(seed: seed, key: Self.purpose, UInt64(epoch))
    var batches: [ArraySlice<Int>] = []
    for group in groups {
      var order = group.shuffled(using: &generator)
      for _ in order.count..<filledCount(group) {
        order.append(group[generator.integer(below: group.count)])
      }
      for start in stride(from: 0, to: order.count, by: batchSize) {
        batches.append(order[start..<start + batchSize])
      }
    }
    batches.shuffle(using: &generator)
    let share = batches.count / replicas
    return batches[rank * share..<(rank + 1) * share].flatMap(\.self)
  }

  /// The number of a group's samples with their repeats.
  private func filledCount(_ group: [Int]) -> Int {
    let unit = batchSize * replicas
    return (group.count + unit - 1) / unit * unit
  }

  /// Keeps the shuffling apart from the augmentation, which uses the same seed.
  private static let purpose: UInt64 = 0x4772_6f75_7073
}
