import Algorithms
import Checkpoints
import Configs
import Foundation
import NN
import OrderedCollections
import SearchSpaces
import Searchers
import TestKit
import Testing

@Suite struct EvolutionSearcherTests {
  private let settings: Config = [
    "type": "EvolutionSearcher", "candidate_pool_size": 6, "candidate_top_k": 3,
    "constraints": ["flops": 3_500_000], "max_epoch": 3, "num_mutation": 3, "num_crossover": 2,
    "metrics": "accuracy", "score_key": "accuracy_top-1", "mutate_prob": 0.3,
  ]

  @Test func aResumedSearchFindsWhatAnUninterruptedOneFinds() throws {
    let whole = try TinySearch()
    try whole.searcher(settings).search { _, _ in }

    let parts = try TinySearch()
    var short = settings
    short["max_epoch"] = 1
    try parts.searcher(short).search { _, _ in }
    let searcher = try parts.searcher(settings)
    try searcher.resume(from: parts.folder.appendingPathComponent("search_epoch_1.pkl").path)
    for name in try FileManager.default.contentsOfDirectory(atPath: parts.folder.path)
    where name.hasPrefix("final_subnet_") {
      try FileManager.default.removeItem(at: parts.folder.appendingPathComponent(name))
    }
    try searcher.search { _, _ in }

    #expect(try !whole.result().isEmpty)
    #expect(try parts.result() == whole.result())
    let state = "search_epoch_3.pkl"
    #expect(
      try Data(contentsOf: parts.folder.appendingPathComponent(state))
        == Data(contentsOf: whole.folder.appendingPathComponent(state)))
  }

  @Test func everyCandidateKeepsTheLimit() throws {
    let search = try TinySearch()
    try search.searcher(settings).search { _, _ in }
    let mutator = try #require(search.algorithm.mutator)
    for epoch in 1...3 {
      let file = search.folder.appendingPathComponent("search_epoch_\(epoch).pkl").path
      let state = try SearchState(Pickle.read(file), mutator: mutator, file: file)
      #expect(state.epoch == epoch)
      #expect(!state.candidates.isEmpty && state.ranking.count == 3)
      for subnet in state.candidates + state.ranking.map(\.subnet) {
        #expect(search.algorithm.complexity(of: subnet).flops < 3_500_000)
      }
    }
  }

  @Test func aLimitThatNoSubnetKeepsIsAnErrorWithTheSmallestSubnet() throws {
    let search = try TinySearch()
    var impossible = settings
    impossible["constraints"] = ["flops": 1000]
    let error = #expect(throws: SearchError.self) { try search.searcher(impossible) }
    guard case .unsatisfiableConstraint(let path, let limit, let smallest)? = error else {
      Issue.record("unexpected error \(String(describing: error))")
      return
    }
    #expect(path.description == "searcher.constraints.flops")
    #expect(limit == 1000)
    // The least of all subnets: each limit above it can be met.
    var possible = settings
    possible["constraints"] = ["flops": .int(smallest + 1)]
    _ = try search.searcher(possible)
    possible["constraints"] = ["flops": .int(smallest)]
    #expect(throws: SearchError.self) { try search.searcher(possible) }
  }

  @Test(
    arguments: [
      ("candidate_pool_size", Config.int(0), "searcher.candidate_pool_size: must be at least 1"),
      ("mutate_prob", .float(1.5), "searcher.mutate_prob: a probability lies between 0 and 1"),
      ("candidate_topk", .int(3), "searcher.candidate_topk: unknown key"),
      ("constraints", .dict(["params": .int(3)]), "searcher.constraints.params: unknown key"),
    ])
  func aWrongSettingIsNamed(key: String, value: Config, message: String) throws {
    let search = try TinySearch()
    var wrong = settings
    wrong[key] = value
    let error = #expect(throws: ConfigError.self) { try search.searcher(wrong) }
    #expect(error.map { "\($0)".hasPrefix(message) } == true)
  }

  @Test func aScoreThatIsNotReportedIsNamedWithThoseThatAre() throws {
    let search = try TinySearch()
    var wrong = settings
    wrong["score_key"] = "accuracy"
    // The searcher asks the evaluation for its names before the search begins.
    #expect(
      throws: SearchError.unknownScore(
        path: "searcher.score_key", key: "accuracy",
        reported: ["accuracy_top-1", "accuracy_top-5"])
    ) { try search.searcher(wrong) }
  }

  @Test func aStateOfTheOriginalOfAnotherSupernetIsRefused() throws {
    let search = try TinySearch()
    let file = Fixtures.url("pickles/final_subnet.yaml").path
    let searcher = try search.searcher(settings)
    #expect(throws: CheckpointError.self) { try searcher.resume(from: file) }
  }
}
