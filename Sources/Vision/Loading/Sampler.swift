internal import Tensors

/// Samples one after another, in order or shuffled.
///
/// With replicas it follows upstream's `DistributedSampler`: all ranks shuffle alike, the list is
/// repeated from its start until it divides evenly (if it rounds up), and rank `r` of `n` takes
/// places `r`, `r + n`, …
public struct Sampler: IndexSampler {
  /// The number of samples of the data set.
  public let count: Int
  public let shuffles: Bool
  public let seed: UInt64
  public let replicas: Int
  public let rank: Int
  public let roundsUp: Bool

  public init(
    count: Int, shuffles: Bool, seed: UInt64, replicas: Int = 1, rank: Int = 0,
    roundsUp: Bool = true
  ) {
    precondition(
      replicas > 0 && (0..<replicas).contains(rank), "rank \(rank) of \(replicas) replicas")
    self.count = count
    self.shuffles = shuffles
    self.seed = seed
    self.replicas = replicas
    self.rank = rank
    self.roundsUp = roundsUp
  }

  public var epochCount: Int {
    guard count > 0 else { return 0 }
    return roundsUp
      ? (count + replicas - 1) / replicas : (count - rank + replicas - 1) / replicas
  }

  public func indices(epoch: Int) -> [Int] {
    var all = Array(0..<count)
    if shuffles {
      var generator = Generator(seed: seed, key: Self.purpose, UInt64(epoch))
      all.shuffle(using: &generator)
    }
    guard replicas > 1 else { return all }
    return (0..<epochCount).map { all[($0 * replicas + rank) % count] }
  }

  /// Keeps the shuffling apart from the augmentation, which uses the same seed.
  private static let purpose: UInt64 = 0x5368_7566_666c_65
}
