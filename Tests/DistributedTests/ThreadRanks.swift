import Distributed
import Foundation
import Synchronization

/// A rank that is a thread of this process: several of them show what processes would do.
final class ThreadRank: Communicator {
  let rank: Int
  private let exchange: Exchange

  private init(rank: Int, _ exchange: Exchange) {
    self.rank = rank
    self.exchange = exchange
  }

  /// Runs `body` on that many ranks.
  ///
  /// - Returns: what it returned, in the order of the ranks.
  static func run<Outcome: Sendable>(
    _ count: Int, _ body: @escaping @Sendable (ThreadRank) -> Outcome
  ) -> [Outcome] {
    let exchange = Exchange(count: count)
    let outcomes = Outcomes<Outcome>()
    let group = DispatchGroup()
    for rank in 0..<count {
      group.enter()
      let thread = Thread {
        outcomes.set(body(ThreadRank(rank: rank, exchange)), at: rank)
        group.leave()
      }
      thread.stackSize = 4 << 20
      thread.start()
    }
    group.wait()
    return outcomes.inOrder
  }

  var rankCount: Int { exchange.count }

  func gatherFromAll(_ values: [Double]) -> [[Double]] { exchange.gather(values, from: rank) }

  func sum(_ values: UnsafeMutableBufferPointer<Float>) {
    let parts = gatherFromAll(values.map(Double.init))
    for index in values.indices {
      values[index] = Float(parts.reduce(0) { $0 + $1[index] })
    }
  }

  func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int) {
    let parts = gatherFromAll(bytes.map(Double.init))
    bytes.copyBytes(from: parts[root].map { UInt8($0) })
  }

  func barrier() { _ = gatherFromAll([]) }

  func abort(_ error: CommunicationError) -> Never { fatalError("\(error)") }
}

/// Where ranks of one process leave numbers for each other.
private final class Exchange: @unchecked Sendable {
  let count: Int
  private let condition = NSCondition()
  private var slots: [[Double]?]
  private var gathered: [[Double]] = []
  private var round = 0

  init(count: Int) {
    self.count = count
    slots = Array(repeating: nil, count: count)
  }

  func gather(_ values: [Double], from rank: Int) -> [[Double]] {
    condition.lock()
    defer { condition.unlock() }
    let turn = round
    slots[rank] = values
    let present = slots.compactMap(\.self)
    if present.count == count {
      precondition(Set(present.map(\.count)).count == 1, "ranks pass different counts of numbers")
      gathered = present
      slots = Array(repeating: nil, count: count)
      round += 1
      condition.broadcast()
    }
    let deadline = Date(timeIntervalSinceNow: 60)
    while round == turn {
      guard condition.wait(until: deadline) else { fatalError("rank \(rank) waits in vain") }
    }
    return gathered
  }
}

private final class Outcomes<Outcome: Sendable>: Sendable {
  private let values = Mutex<[Int: Outcome]>([:])

  func set(_ value: Outcome, at rank: Int) { values.withLock { $0[rank] = value } }

  var inOrder: [Outcome] {
    values.withLock { $0.sorted { $0.key < $1.key }.map(\.value) }
  }
}
