import Distributed
import Tensors
import TestKit
import Testing

@Suite struct CommunicatorTests {
  /// What every communicator does, as a rank of any.
  static func exchange(among ranks: any Communicator) throws -> [[Float]] {
    let device = CPU(threads: 1)
    let number = Float(ranks.rank)
    let sums = Tensor([1, number, 0.5 * number], shape: [3], on: device)
    try ranks.sum(sums)
    let last = Tensor([number, 7 * number], shape: [2, 1], on: device)
    try ranks.broadcast(last, from: ranks.rankCount - 1)
    try ranks.barrier()
    let gathered = try ranks.gatherFromAll([Double(number), -1])
    let empty = Tensor.zeros([0], on: device)
    try ranks.sum(empty)
    return [sums.values, last.values] + gathered.map { $0.map { Float($0) } }
  }

  /// What ``exchange(among:)`` gives each of so many ranks.
  static func expectation(ranks: Int) -> [[Float]] {
    let last = Float(ranks - 1)
    let total = Float(ranks * (ranks - 1) / 2)
    return [[Float(ranks), total, 0.5 * total], [last, 7 * last]]
      + (0..<ranks).map { [Float($0), -1] }
  }

  @Test func aSingleProcessIsAllThereIs() throws {
    let ranks = SingleProcess()
    #expect(ranks.rank == 0 && ranks.rankCount == 1)
    #expect(try Self.exchange(among: ranks) == Self.expectation(ranks: 1))
  }

  @Test func threadsExchangeAsProcessesDo() {
    let results = ThreadRank.run(3) { try? Self.exchange(among: $0) }
    #expect(results == Array(repeating: Self.expectation(ranks: 3), count: 3))
  }

  @Test func errorsTellWhoAndWhat() {
    let error = CommunicationError.failed(
      function: "MPI_Allgather", rank: 3, reason: "MPI_ERR_TRUNCATE: message truncated")
    #expect("\(error)" == "rank 3: MPI_Allgather failed: MPI_ERR_TRUNCATE: message truncated")
  }
}
