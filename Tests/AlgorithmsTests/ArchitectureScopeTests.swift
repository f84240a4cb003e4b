import Algorithms
import Configs
import NN
import Tensors
import Testing
import Zoo

@Suite("Architectures of the tasks")
struct ArchitectureScopeTests {
  /// Says in which scope its part was looked up.
  private final class Detector: Module {
    let backbone: any Backbone

    init(_ backbone: any Backbone) {
      self.backbone = backbone
      super.init()
    }
  }

  private struct Found: Error, Equatable {
    let backbone: String
  }

  /// Catalogs in which mmdet has a `ResNet` of its own, and a detector that reports its backbone.
  private func context() -> BuildContext {
    var models = ModelCatalogs.zoo
    models.backbones.add("ResNet", scope: .mmdet) { _, _ in throw Found(backbone: "mmdet.ResNet") }
    models.models.add("FasterRCNN", scope: .mmdet) { reader, context in
      Detector(try reader.build("backbone", from: context.catalogs.backbones, context: context))
    }
    return BuildContext(
      device: CPU(threads: 1), generator: Generator(seed: 0), catalogs: models,
      drawsWeights: false)
  }

  private func build(
    _ architecture: String, _ model: Config, in scope: Scope
  ) throws -> any Architecture {
    try AlgorithmCatalogs.builtIn.architectures.build(
      ["type": .string(architecture), "model": model], path: "architecture", scope: scope,
      context: context())
  }

  @Test("the parts of a model are those of the architecture's task, whatever the run is of")
  func scopes() throws {
    for scope in [Scope.mmcls, .mmdet, .mmrazor] {
      let classifier: Config = [
        "type": "ImageClassifier", "backbone": ["type": "ResNet", "depth": 18],
        "head": ["type": "ClsHead"],
      ]
      let built = try build("MMClsArchitecture", classifier, in: scope)
      #expect((built.model as? ImageClassifier)?.backbone is ResNet)
      #expect(throws: Found(backbone: "mmdet.ResNet")) {
        try build(
          "mmrazor.MMDetArchitecture", ["type": "FasterRCNN", "backbone": ["type": "ResNet"]],
          in: scope)
      }
    }
  }

  @Test("a backbone of mmcls in a detector is built as mmcls builds it")
  func borrowed() {
    let error = #expect(throws: ConfigError.self) {
      try build(
        "MMDetArchitecture",
        ["type": "mmdet.FasterRCNN", "backbone": ["type": "mmcls.ResNet", "depth": 50]],
        in: .mmdet)
    }
    #expect(
      error?.description
        == "architecture.model: models of mmdet are not trained or tested here yet")
  }

  @Test("segmentation knows neither detectors nor classifiers by bare names")
  func elsewhere() {
    for (type, scope) in [("FasterRCNN", "mmdet"), ("ImageClassifier", "mmcls")] {
      let error = #expect(throws: ConfigError.self) {
        try build("MMSegArchitecture", ["type": .string(type)], in: .mmseg)
      }
      #expect(
        error?.description == "architecture.model.type: there is no model named '\(type)' here; "
          + "it exists in \(scope): write '\(scope).\(type)'")
    }
  }
}
