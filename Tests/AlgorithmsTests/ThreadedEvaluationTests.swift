import Configs
import Foundation
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
      let algorithm = try #require(
        try AutoSlimFixture.build(config, threads: threads) as? AutoSlim)
      algorithm.fillWithCounterNumbers()
      algorithm.setTraining(false)
      let small = AutoSlimFixture.batch(0)
      // Enough pictures that each thread gets several.
      let copies = 64
      let batch = Batch(
        images: (0..<copies).flatMap { _ in small.images },
        shape: small.shape.replacing(axis: 0, with: 4 * copies), labels: [],
        indices: Array(0..<4 * copies), metas: (0..<copies).flatMap { _ in small.metas })
      return try algorithm.predict(batch)
    }
    #expect(scores[0].count == 256)
    #expect(relativeError(scores[1].flatMap(\.self), scores[0].flatMap(\.self)) < 1e-5)
  }
}
