import Algorithms
import Checkpoints
import Configs
import Foundation
import OrderedCollections
import Pruning
import Searchers
import TestKit
import Testing

/// The greedy search, held against the original's on scores that are a function of the subnet.
@Suite struct GreedySearcherTests {
  /// What `record/greedy.py` recorded.
  private struct Recording: Decodable {
    let targets: [Int]
    let maxChannelBins: Int
    let minChannelBins: Int?
    /// The space that was slimmed, and the cost then.
    let steps: [Pair<String, Int>]
    let log: [String]
    /// The output channels of each layer, by file.
    let files: [String: [String: Int]]

    var settings: Config {
      [
        "type": "GreedySearcher", "target_flops": .list(targets.map { .int($0) }),
        "max_channel_bins": .int(maxChannelBins), "min_channel_bins": .int(minChannelBins ?? 1),
        "metrics": "accuracy",
      ]
    }
  }

  private struct Recordings: Decodable {
    let several: Recording
    let least: Recording
    let one: Recording

    subscript(name: String) -> Recording {
      switch name {
      case "several": several
      case "least": least
      default: one
      }
    }
  }

  private func recording(_ name: String) throws -> Recording {
    try Fixtures.json("greedy/greedy.json", as: Recordings.self)[name]
  }

  /// The original's stand-in for accuracy.
  private func scoring(
    _ search: SlimmableSearch, watching watch: @escaping (ChannelBins) throws -> Void = { _ in }
  ) throws -> GreedySearcher.Scoring {
    let pruner = try #require(search.algorithm.channelSearch).pruner
    return { candidates, base, progress in
      try watch(base)
      return candidates.map { candidate in
        pruner.setChannelBins(candidate)
        let total = pruner.exportSubnet().layers.reduce(0) { sum, entry in
          let hash = entry.key.utf8.reduce(0x811C_9DC5 as UInt32) {
            ($0 ^ UInt32($1)) &* 0x0100_0193
          }
          return sum + Int(hash % 7 + 1) * entry.value.outChannels * entry.value.outChannels
        }
        return Double(total / 20000) / 4
      }
    }
  }

  @Test(arguments: ["several", "least", "one"])
  func choosesWhatTheOriginalChooses(name: String) throws {
    let recording = try recording(name)
    let search = try SlimmableSearch()
    defer { search.remove() }
    var bases: [ChannelBins] = []
    try search.searcher(
      recording.settings, scoring: scoring(search) { bases.append($0) }
    ).search { _, _ in }

    let last = try GreedyState(
      Pickle.read(search.folder.appending(path: "latest.pkl").path), file: "latest.pkl")
    bases.append(last.bins)
    let slimmed = zip(bases, bases.dropFirst()).map { before, after in
      before.keys.filter { before[$0] != after[$0] }
    }
    #expect(slimmed == recording.steps.map { [$0.first] })

    // Of the later rounds the recording has the outcome only.
    var rounds = 0
    let log = search.log.lines.filter { line in
      defer { if line.hasPrefix("Greedy") { rounds += 1 } }
      return rounds < 2 || !line.hasPrefix("Slimming")
    }
    let expected = recording.log.map {
      $0.replacingOccurrences(of: "WORK", with: search.folder.relativePath)
    }
    #expect(log == expected)

    let results = try search.results()
    #expect(results.mapValues { $0.layers.count } == recording.files.mapValues(\.count))
    for (file, channels) in recording.files {
      for (layer, count) in channels {
        #expect(results[file]?.layers[layer]?.outChannels == count, "\(file): \(layer)")
      }
    }
  }

  @Test func aSearchResumedAfterAnyStepEndsAsAnUninterruptedOne() throws {
    let recording = try recording("several")
    let whole = try SlimmableSearch()
    defer { whole.remove() }
    let state = whole.folder.appending(path: "latest.pkl")
    var states: [Data] = []
    try whole.searcher(
      recording.settings,
      scoring: scoring(whole) { _ in
        if let data = try? Data(contentsOf: state) { states.append(data) }
      }
    ).search { _, _ in }
    states.append(try Data(contentsOf: state))
    #expect(states.count == recording.steps.count)

    let results = try whole.results()
    for (step, data) in states.enumerated() {
      let resumed = try SlimmableSearch(whole.algorithm)
      defer { resumed.remove() }
      let file = resumed.folder.appending(path: "before.pkl")
      try data.write(to: file)
      var settings = recording.settings
      settings["resume_from"] = .string(file.path)
      try resumed.searcher(settings, scoring: scoring(resumed)).search { _, _ in }
      #expect(try resumed.results() == results, "after step \(step + 1)")
      guard step < states.count - 1 else { continue }
      let last = try Data(contentsOf: resumed.folder.appending(path: "latest.pkl"))
      #expect(last == states.last)
    }
  }

  @Test func goesOnFromAStateOfTheOriginal() throws {
    let recording = try recording("several")
    let search = try SlimmableSearch()
    defer { search.remove() }
    let searcher = try search.searcher(recording.settings, scoring: scoring(search))
    try searcher.resume(from: Fixtures.url("greedy/latest.pkl").path)
    #expect(search.log.lines.last?.hasPrefix("Resume from subnet: {'") == true)
    try searcher.search { _, _ in }
    let results = try search.results()
    #expect(Set(results.keys) == Set(recording.files.keys))
    for (file, channels) in recording.files {
      #expect(
        results[file]?.layers.allSatisfy { channels[$0.key] == $0.value.outChannels } == true)
    }
  }

  @Test func aTargetThatTheWholeNetworkMeetsGivesTheWholeNetwork() throws {
    let search = try SlimmableSearch()
    defer { search.remove() }
    try search.searcher(
      ["type": "GreedySearcher", "target_flops": 8_703_488, "max_channel_bins": 3],
      scoring: { _, _, _ in
        Issue.record("there is nothing to slim")
        return []
      }
    ).search { _, _ in }
    let result = try #require(try search.results()["subnet_8703488.yaml"])
    #expect(result.layers.values.allSatisfy { $0.outChannels == $0.rawOutChannels })
  }

  @Test func accuracyDecidesWithoutOtherScores() throws {
    let search = try SlimmableSearch()
    defer { search.remove() }
    var passes: [(Int, Int)] = []
    try search.searcher(
      ["type": "GreedySearcher", "target_flops": 8_703_487, "max_channel_bins": 8]
    ).search { passes.append(($0, $1)) }
    let spaces = try #require(search.algorithm.channelSearch).pruner.channelSpaces
    #expect(passes.map(\.0) == Array(1...2 * spaces.count))
    #expect(passes.allSatisfy { $0.1 == 2 * spaces.count })
    let score =
      #/Slimming group \S+, accuracy_top-1: (0|12\.5|25|37\.5|50|62\.5|75|87\.5|100)(\.0)?/#
    #expect(search.log.lines.filter { $0.wholeMatch(of: score) != nil }.count == spaces.count)
  }
}

// MARK: - Mistakes

extension GreedySearcherTests {
  private var settings: Config {
    ["type": "GreedySearcher", "target_flops": [5_000_000], "max_channel_bins": 4]
  }

  private func message(_ settings: Config, _ config: Config = SlimmableSearch.mobileNet) throws
    -> String
  {
    let search = try SlimmableSearch(config)
    defer { search.remove() }
    let error = #expect(throws: (any Error).self) { try search.searcher(settings) }
    return error.map { "\($0)" } ?? ""
  }

  @Test(
    arguments: [
      ("max_channel_bins", Config.int(0), "searcher.max_channel_bins: must be at least 1, found 0"),
      (
        "max_channel_bins", .int(12),
        "searcher.max_channel_bins: the space 'backbone.layer1.0.conv.1.conv' has 8 channels"
      ),
      ("min_channel_bins", .int(5), "searcher.min_channel_bins: is 5, more than the 4"),
      ("target_flops", .list([]), "searcher.target_flops: expected at least one number"),
      ("target_flops", .list([.int(3), .float(2.5)]), "searcher.target_flops.1: expected a whole"),
      ("target_flops", .string("much"), "searcher.target_flops: expected"),
      ("target_flop", .int(3), "searcher.target_flop: unknown key; did you mean 'target_flops'?"),
      ("resume_from", .string("/no/such.pkl"), "/no/such.pkl"),
    ])
  func aWrongSettingIsNamed(key: String, value: Config, text: String) throws {
    var wrong = settings
    wrong[key] = value
    let message = try message(wrong)
    #expect(message.contains(text), "\(message)")
  }

  @Test func aTargetBelowTheNarrowestSubnetIsRefusedAtOnce() throws {
    var wrong = settings
    wrong["target_flops"] = [5_000_000, 1000]
    wrong["min_channel_bins"] = 2
    let message = try message(wrong)
    let least = try #require(
      message.wholeMatch(
        of:
          #/searcher\.target_flops: Cannot find any valid model, check your configurations: none has at most 1000 FLOPs; with min_channel_bins=2 everywhere there are (\d+)/#
      )?.1)
    // That many can be reached.
    wrong["target_flops"] = .int(try #require(Int(least)))
    let search = try SlimmableSearch()
    defer { search.remove() }
    _ = try search.searcher(wrong)
  }

  @Test func whatCannotBeSlimmedIsRefused() throws {
    var config = SlimmableSearch.mobileNet
    config["input_shape"] = Config.none
    #expect(try message(settings, config).hasPrefix("algorithm.input_shape: "))
    let search = try TinySearch()
    #expect(throws: SearchError.nothingToSlim(path: "algorithm")) {
      try search.searcher(settings)
    }
  }

  @Test func aStateOfAnotherSearchIsRefused() throws {
    let state = Fixtures.url("greedy/latest.pkl").path
    var other = settings
    other["resume_from"] = .string(state)
    other["max_channel_bins"] = 8
    #expect(try message(other).contains("has 4 bins there, but searcher.max_channel_bins is 8"))
    other["max_channel_bins"] = 4
    other["target_flops"] = 5_000_000_000
    #expect(
      try message(other, SlimmableSearch.resNet).contains("does not have the channel groups"))
    var larger = SlimmableSearch.mobileNet
    larger["input_shape"] = [3, 96, 96]
    #expect(try message(other, larger).contains("another algorithm.input_shape"))
    other["resume_from"] = .string(Fixtures.url("pickles/search_epoch_1.pkl").path)
    #expect(try message(other).contains("it is not the state of a greedy search"))
  }
}
