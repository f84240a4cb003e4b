import Algorithms
import Configs
import SearchSpaces
import Testing
import Vision
import Zoo

@testable import mmrazor

@Suite("Components of a run")
struct ComponentsTests {
  private struct Nothing: Error {}

  @Test("an entry that one run adds is unknown to the next")
  func runs() {
    var first = Components.builtIn()
    first.vision.datasets.add("CocoDataset", scope: .mmdet) { _, _ in throw Nothing() }
    let second = Components.builtIn()
    #expect(first.vision.datasets.contains("CocoDataset", scope: .mmdet))
    #expect(!second.vision.datasets.contains("CocoDataset", scope: .mmdet))
  }

  @Test("components are joined in less than a millisecond or two")
  func speed() {
    let clock = ContinuousClock()
    let fastest = (0..<5).map { _ in clock.measure { _ = Components.builtIn() } }.min()
    #expect((fastest ?? .zero) < .milliseconds(5))
  }

  @Test("upstream's names are noted for every kind that there is")
  func upstream() {
    let components = Components.builtIn()
    let cases: [(String, String?)] = [
      ("backbone", message(components.models.backbones, "SwinTransformer")),
      ("neck", message(components.models.necks, "HRFuseScales")),
      ("head", message(components.models.heads, "StackedLinearClsHead")),
      ("loss", message(components.models.losses, "SeesawLoss")),
      ("mutable", message(components.algorithms.searchSpaces.mutables, "GumbelEdge")),
      ("operation", message(components.algorithms.searchSpaces.operations, "DartsZero")),
      ("batch augmentation", message(components.models.batchAugmentations, "BatchCutMix")),
      ("pipeline", message(components.vision.transforms, "Lighting")),
    ]
    for (kind, text) in cases {
      #expect(text?.contains("there is no \(kind) named") == true, "\(kind)")
      #expect(text?.hasSuffix("available here") == true, "\(text ?? "")")
    }
  }

  private func message<Product, Context>(
    _ catalog: Catalog<Product, Context>, _ name: String
  ) -> String? {
    #expect(throws: ConfigError.self) {
      try catalog.checkType(of: ["type": .string(name)], path: "x", scope: .mmcls)
    }?.description
  }
}
