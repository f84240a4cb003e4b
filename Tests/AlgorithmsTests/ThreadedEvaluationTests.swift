import Annotations
import Configs
import Foundation
import NN
import Pruning
import Tensors
import TestKit
import Testing
import Vision
import Zoo

@testable import Algorithms

@Suite("Evaluation on several threads")
struct ThreadedEvaluationTests {
  @Test func narrowNetworksScoreAsOnOne() throws {
    var config = AutoSlimFixture.config()
    config["retraining"] = true
    let file = Config.string(Fixtures.url("autoslim/sample_0.yaml").path)
    config["channel_cfg"] = [file, file]
    let scores = try [1, 2].map { threads in
      try algorithm(config, threads: threads).predict(batch(copies: 64)).compactMap(\.classScores)
    }
    #expect(scores[0].count == 256)
    #expect(relativeError(scores[1].flatMap(\.self), scores[0].flatMap(\.self)) < 1e-5)
  }

  /// As a search does it: the parameters are narrowed only now, when the scores are asked for.
  @Test func subnetsScoreAsOnOneRightAfterTheyWereSet() throws {
    let batch = batch(copies: 8)
    let scores = try [1, 2].map { threads in
      let algorithm = try algorithm(AutoSlimFixture.config(), threads: threads)
      #expect(algorithm.architecture.treatsImagesAlone)
      let device = try #require(algorithm.namedParameters().first).parameter.value.device
      let input = batch.input(on: device)
      let pruner = algorithm.pruner
      return try (0..<12).flatMap { number in
        if number == 0 {
          pruner.setMinChannel()
        } else {
          pruner.setSubnet(pruner.sample(number))
        }
        return try algorithm.architecture.predictions(input).compactMap(\.classScores).joined()
      }
    }
    #expect(scores[0].count == 12 * 32 * 10)
    #expect(relativeError(scores[1], scores[0]) < 1e-5)
  }

  /// A filled network in evaluation.
  private func algorithm(_ config: Config, threads: Int) throws -> AutoSlim {
    let algorithm = try #require(
      try AutoSlimFixture.build(config, threads: threads) as? AutoSlim)
    algorithm.fillWithCounterNumbers()
    algorithm.setTraining(false)
    return algorithm
  }

  /// Enough pictures that each thread gets several.
  private func batch(copies: Int) -> Batch {
    let small = AutoSlimFixture.batch(0)
    return Batch(
      pixels: PixelBatch(
        values: (0..<copies).flatMap { _ in small.pixels.values },
        shape: small.pixels.shape.replacing(axis: 0, with: 4 * copies)),
      metas: (0..<copies).flatMap { _ in small.metas },
      annotations: Array(repeating: ImageAnnotation(), count: 4 * copies),
      indices: Array(0..<4 * copies))
  }
}
