import Algorithms
import Annotations
import Configs
import NN
import OrderedCollections
import Pruning
import Tensors
import TestKit
import Testing
import Zoo

@testable import Searchers

/// Candidates that share what their base computed score as if they had not.
@Suite struct SharedPrefixTests {
  @Test(arguments: [("mobilenet", SlimmableSearch.mobileNet), ("resnet", SlimmableSearch.resNet)])
  func predictionsAreTheSameButForRounding(name: String, config: Config) throws {
    let search = try SlimmableSearch(config)
    defer { search.remove() }
    let pruner = try #require(search.algorithm.channelSearch).pruner
    let architecture = search.algorithm.architecture
    let input = Self.input
    search.algorithm.setTraining(false)

    var base = pruner.maxChannelBins(4)
    for (index, space) in pruner.channelSpaces.enumerated() where index % 3 == 0 {
      base[space.id]?[3] = false
    }
    let candidates = pruner.channelSpaces.map { space in
      var bins = base
      if let last = bins[space.id]?.lastIndex(of: true) { bins[space.id]?[last] = false }
      return bins
    }
    let alone = try candidates.map { bins in
      pruner.setChannelBins(bins)
      return try architecture.predictions(input)
    }

    let prefix = SharedPrefix(of: architecture)
    pruner.setChannelBins(base)
    try prefix.record(limit: .max) { _ = try architecture.predictions(input) }
    var computed = 0
    let norms = architecture.namedModules().filter {
      $0.module is ConvModule || $0.module is BatchNorm2d
    }
    let total = try countCalls(of: norms) { _ = try architecture.predictions(input) }
    for (bins, expected) in zip(candidates, alone) {
      pruner.setChannelBins(bins)
      computed += try countCalls(of: norms) {
        // For another number of output channels kernels add in another order, so the first of the
        // base's channels are a narrower convolution's but for 1e-7, which grows through the layers
        // behind, a hundredfold. What is shared without being cut has the same bits.
        let scores = try prefix.reusing { try architecture.predictions(input) }
        #expect(relativeError(values(scores), values(expected)) < 2e-5)
      }
    }
    // The spaces are spread over the depth.
    #expect(Double(computed) < 0.75 * Double(total * candidates.count))

    // Nothing stays behind.
    prefix.forget()
    pruner.setChannelBins(candidates[0])
    #expect(try prefix.reusing { try architecture.predictions(input) } == alone[0])
    #expect(architecture.namedModules().allSatisfy { !$0.module.isIntercepted })
  }

  private static var input: ImageInput {
    ImageInput(
      images: CounterNumbers.image("input.1", shape: [4, 3, 64, 64], on: CPU(threads: 1)),
      metas: (0..<4).map { ImageMeta(filename: "\($0)", originalFilename: "\($0)") })
  }

  private func values(_ predictions: [Prediction]) -> [Float] {
    predictions.compactMap(\.classScores).flatMap(\.self)
  }

  /// How often the modules compute.
  private func countCalls(
    of modules: [(path: String, module: Module)], _ pass: () throws -> Void
  ) rethrows -> Int {
    var count = 0
    let observations = modules.map { entry in
      entry.module.observe { if $0.isComputed { count += 1 } }
    }
    defer { for observation in observations { observation.cancel() } }
    try pass()
    return count
  }

  @Test func aPassWithoutRoomSharesWhatFits() throws {
    let search = try SlimmableSearch()
    defer { search.remove() }
    let pruner = try #require(search.algorithm.channelSearch).pruner
    let architecture = search.algorithm.architecture
    let input = Self.input
    search.algorithm.setTraining(false)
    let base = pruner.maxChannelBins(4)
    for limit in [0, 4 * 16 * 32 * 32, 4 * 100_000] {
      let prefix = SharedPrefix(of: architecture)
      pruner.setChannelBins(base)
      let expected = try architecture.predictions(input)
      try prefix.record(limit: limit) { _ = try architecture.predictions(input) }
      #expect(try prefix.reusing { try architecture.predictions(input) } == expected)
    }
  }
}
