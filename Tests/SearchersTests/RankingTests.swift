import OrderedCollections
import SearchSpaces
import Searchers
import Testing

@Suite struct RankingTests {
  private func subnet(_ name: String) -> Subnet { Subnet(["block": [name]]) }

  private func entry(_ score: Double, _ name: String) -> Ranking.Entry {
    Ranking.Entry(score: score, subnet: subnet(name))
  }

  @Test func equalScoresLoseNoCandidateAndKeepTheirOrder() {
    let ranking = Ranking(
      limit: 4, entries: [entry(20, "a"), entry(30, "b"), entry(20, "c"), entry(30, "d")])
    #expect(ranking.entries.map { $0.subnet["block"] } == ["b", "d", "a", "c"])
    #expect(ranking.scores == [30, 30, 20, 20])
  }

  @Test func onlyTheBestAreKept() {
    let ranking = Ranking(
      limit: 2, entries: [entry(1, "a"), entry(2, "b"), entry(3, "c"), entry(2, "d")])
    #expect(ranking.entries.map { $0.subnet["block"] } == ["c", "b"])
  }

  @Test func theSameSubnetIsKeptOnce() {
    var ranking = Ranking(limit: 3, entries: [entry(1, "a")])
    ranking.insert(entry(1, "a"))
    #expect(ranking.scores == [1])
  }

  @Test func aScoreThatIsNoNumberIsLast() {
    let ranking = Ranking(
      limit: 3, entries: [entry(.nan, "a"), entry(1, "b"), entry(.nan, "c")])
    #expect(ranking.entries.map { $0.subnet["block"] } == ["b", "a", "c"])
  }
}
