import Distributed
import Foundation
import Testing

/// What ``MPITests`` starts as a rank; skipped in a run of the tests themselves.
@Suite(.enabled(if: MPILauncher.resultFolder != nil, "runs as a rank only"))
struct RankProgram {
  @Test func exchanges() throws {
    try MPI.run { ranks in
      let results = try CommunicatorTests.exchange(among: ranks)
      try leave(results, ranks)
    }
    #expect(throws: CommunicationError.ended) { try MPI.run { _ in } }
  }

  @Test func sharesStatistics() throws {
    let parts = [0..<4, 4..<6]
    try MPI.run { ranks in
      var outcomes: [String: SharedPass.Outcome] = [:]
      for network in SharedNetwork.allCases {
        outcomes[network.rawValue] = SharedPass.run(
          network, images: parts[ranks.rank], among: ranks)
      }
      try leave(outcomes, ranks)
    }
  }

  @Test func throwsWhileOthersWait() throws {
    try MPI.run { ranks in
      if ranks.rank == 1 { throw wrong }
      try ranks.barrier()
      try leave(true, ranks)
    }
  }

  @Test func abortsWhileOthersWait() throws {
    try MPI.run { ranks in
      if ranks.rank == 1 { ranks.abort(wrong) }
      try ranks.barrier()
      try leave(true, ranks)
    }
  }

  @Test func passesOtherCounts() throws {
    try MPI.run { ranks in
      _ = ranks.gather(Array(repeating: 0, count: 2 + 3 * ranks.rank))
      try ranks.barrier()
    }
  }

  private var wrong: CommunicationError {
    .failed(function: "this", rank: 1, reason: "is wrong")
  }

  private func leave(_ results: some Encodable, _ ranks: MPICommunicator) throws {
    let folder = URL(filePath: try #require(MPILauncher.resultFolder))
    try JSONEncoder().encode(results).write(to: folder.appending(path: "\(ranks.rank).json"))
  }
}
