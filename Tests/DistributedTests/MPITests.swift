import Distributed
import Foundation
import TestKit
import Testing

/// Processes that `mpirun` starts: this test bundle again, with what ``RankProgram`` does as a rank.
@Suite(
  .enabled(if: MPILauncher.path != nil, "mpirun is not installed (tools/setup.sh installs it)"))
struct MPITests {
  @Test func processesExchange() throws {
    let outcome = try MPILauncher.run("exchanges", ranks: 3)
    #expect(outcome.status == 0, "\(outcome.text)")
    let results = try outcome.results(of: [[Float]].self)
    #expect(results == Array(repeating: CommunicatorTests.expectation(ranks: 3), count: 3))
  }

  @Test func processesShareStatistics() throws {
    let outcome = try MPILauncher.run("sharesStatistics", ranks: 2)
    #expect(outcome.status == 0, "\(outcome.text)")
    let results = try outcome.results(of: [String: SharedPass.Outcome].self)
    #expect(results.count == 2)
    for network in SharedNetwork.allCases {
      let ranks = results.compactMap { $0[network.rawValue] }
      try #require(ranks.count == 2)
      SharedPass.expect(ranks, toBe: SharedPass.run(network, images: 0..<6, among: nil))
    }
  }

  @Test func isAloneWithoutALauncher() throws {
    let outcome = try MPILauncher.run("exchanges", ranks: nil)
    #expect(outcome.status == 0, "\(outcome.text)")
    #expect(
      try outcome.results(of: [[Float]].self) == [CommunicatorTests.expectation(ranks: 1)])
  }

  /// The others wait for a rank that is gone; the launcher ends them.
  @Test(arguments: ["throwsWhileOthersWait", "abortsWhileOthersWait"])
  func aRankThatFailsEndsAll(program: String) throws {
    let outcome = try MPILauncher.run(program, ranks: 2)
    #expect(outcome.status != 0)
    #expect(outcome.status != MPILauncher.timeoutStatus, "ranks waited for one that had failed")
    #expect(outcome.text.contains("rank 1: this failed: is wrong"), "\(outcome.text)")
    #expect(try outcome.results(of: Bool.self).isEmpty)
  }

  /// An operation cannot throw what MPI reports; it ends all ranks.
  @Test func anOperationThatFailsEndsAll() throws {
    let outcome = try MPILauncher.run("passesOtherCounts", ranks: 2)
    #expect(outcome.status != 0)
    #expect(outcome.status != MPILauncher.timeoutStatus)
    #expect(outcome.text.contains("MPI_Allgather failed: MPI_ERR_TRUNCATE"), "\(outcome.text)")
  }
}
