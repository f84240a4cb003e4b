import Configs
import Foundation
import NN
import OrderedCollections
import SearchSpaces
import Tensors
import TestKit
import Testing
import Zoo

@Suite struct BackboneTests {
  let context = SPOSNet.context(drawsWeights: true)

  /// A backbone of which every block has one small choice.
  func build(_ config: Config) throws -> any Backbone {
    let backbone = try SPOSNet.catalogs.backbones.build(
      config, path: "backbone", scope: .mmcls, context: context)
    let choices: Config = ["type": "OneShotOP", "choices": ["identity": ["type": "Identity"]]]
    let mutator = OneShotMutator(
      PlaceholderMapping([
        "all_blocks": choices, "first_blocks": choices, "searchable_blocks": choices,
      ]))
    try mutator.prepare(backbone, in: MutatorContext(context))
    return backbone
  }

  func shapes(_ backbone: any Backbone) -> [Shape] {
    backbone(.zeros([1, 3, 64, 64], layout: .channelsLast, on: context.device)).map(\.shape)
  }

  @Test func givesTheStagesAskedFor() throws {
    let shuffle = try build([
      "type": "SearchableShuffleNetV2", "widen_factor": 1.5, "out_indices": .tuple([0, 3, 4]),
    ])
    #expect(shapes(shuffle) == [[1, 96, 16, 16], [1, 960, 2, 2], [1, 1024, 2, 2]])
    let mobile = try build([
      "type": "SearchableMobileNet", "widen_factor": 0.5, "out_indices": [0, 6, 7],
    ])
    #expect(shapes(mobile) == [[1, 8, 32, 32], [1, 160, 2, 2], [1, 1280, 2, 2]])
  }

  @Test func mobileNetIsWidenedAsTheOriginal() throws {
    let mobile = try build(["type": "SearchableMobileNet", "widen_factor": 1.4])
    #expect(shapes(mobile) == [[1, 1792, 2, 2]])
  }

  @Test func lastLayerCanBeLeftOut() throws {
    let backbone = try build([
      "type": "SearchableShuffleNetV2", "with_last_layer": false, "out_indices": [3],
      "stem_multiplier": 2,
    ])
    #expect(shapes(backbone) == [[1, 640, 2, 2]])
    #expect(backbone.namedParameters()[0].parameter.shape == [32, 3, 3, 3])
  }

  /// Every module but lists, which are not called.
  @Test(arguments: SPOSNet.allCases)
  func showsTheModulesOfThePathThatItTakes(net: SPOSNet) throws {
    let supernet = try Supernet(net, filled: true)
    let model = supernet.model
    model.setTraining(false)
    let image = CounterNumbers.image("input", shape: [1, 3, 64, 64], on: supernet.device)
    let modules = model.namedModules().filter { entry in
      !entry.path.isEmpty && !entry.path.hasSuffix(".choices")
        && entry.path != "backbone.layers"
    }
    var generator = Generator(seed: 5)
    for _ in 0..<3 {
      let subnet = supernet.mutator.sampleSubnet(&generator)
      supernet.mutator.setSubnet(subnet)
      var calls: [String: Int] = [:]
      let observations = modules.map { path, module in
        module.observe { _ in calls[path, default: 0] += 1 }
      }
      _ = model.logits(images: image)
      for observation in observations { observation.cancel() }
      let chosen = try chosenPaths(subnet, in: model)
      let expected = modules.filter { path, _ in
        guard let place = path.range(of: ".choices.") else { return true }
        return chosen[String(path[..<place.lowerBound])].map { choice in
          path[place.upperBound...].split(separator: ".").first.map(String.init) == choice
        } ?? false
      }
      let residuals = expected.filter { !$0.path.hasSuffix(".drop_path") }
      #expect(Set(residuals.map(\.path)).subtracting(calls.keys).isEmpty)
      #expect(Set(calls.keys).isSubset(of: expected.map(\.path)))
      #expect(calls.values.allSatisfy { $0 == 1 })
    }
  }

  /// The choice of each block, by the block's path.
  private func chosenPaths(_ subnet: Subnet, in model: Module) throws -> [String: String] {
    var result: [String: String] = [:]
    for (path, module) in model.namedModules() {
      guard let block = module as? OneShotOP else { continue }
      result[path] = try #require(subnet.chosen[block.spaceID]?.first)
    }
    return result
  }

  @Test(arguments: [
    ("SearchableShuffleNetV2", ["conv1.", "layers.0.", "layers.1."]),
    ("SearchableMobileNet", ["conv1.", "layer1.", "layer2."]),
  ])
  func frozenStagesAreNeitherTrainedNorUpdated(type: String, frozen: [String]) throws {
    let backbone = try build(["type": .string(type), "frozen_stages": 2])
    backbone.setTraining(true)
    for (name, parameter) in backbone.namedParameters() {
      let isFrozen = frozen.contains { name.hasPrefix($0) }
      #expect(parameter.requiresGradient == !isFrozen, "\(name)")
    }
    for (path, module) in backbone.namedModules() where module is BatchNorm2d {
      // The stem's parameters are frozen, its statistics are not: as in the original.
      let evaluates = frozen.dropFirst().contains { path.hasPrefix($0) }
      #expect(module.isTraining == !evaluates, "\(path)")
    }
  }

  @Test(arguments: ["SearchableShuffleNetV2", "SearchableMobileNet"])
  func normalisationCanStayInEvaluation(type: String) throws {
    let backbone = try build(["type": .string(type), "norm_eval": true])
    backbone.setTraining(true)
    #expect(backbone.isTraining)
    backbone.forEachModule { module in
      if module is BatchNorm2d { #expect(!module.isTraining) }
    }
  }

  @Test func shuffleNetIsInitialisedAsTheOriginal() throws {
    let backbone = try build(["type": "SearchableShuffleNetV2"])
    try backbone.initializeWeights(in: context)
    for (name, parameter) in backbone.namedParameters() {
      let values = parameter.value.values
      switch true {
      case name.hasSuffix("bn.weight"): #expect(values.allSatisfy { $0 == 1 })
      case name.hasSuffix("bn.bias"): #expect(values.allSatisfy { $0 == 0.0001 })
      default:
        let deviation = name.hasPrefix("conv1") ? 0.01 : 1 / Double(parameter.shape[1])
        let measured = norm(of: parameter.value) / Double(values.count).squareRoot()
        #expect(abs(measured / deviation - 1) < 0.12, "\(name)")
      }
    }
  }

  @Test(
    arguments: [
      (
        ["type": "SearchableMobileNet", "arch_setting_type": "proxyless"],
        "backbone.arch_setting_type: expected one of 'original', 'proxyless_gpu', found 'proxyless'"
      ),
      (
        ["type": "SearchableMobileNet", "out_indices": [8]],
        "backbone.out_indices: 8 is outside of 0 to 7"
      ),
      (
        ["type": "SearchableMobileNet", "frozen_stages": 8],
        "backbone.frozen_stages: 8 is outside of -1 to 7"
      ),
      (
        ["type": "SearchableShuffleNetV2", "widen_facter": 1],
        "backbone.widen_facter: unknown key; did you mean 'widen_factor'?"
      ),
    ] as [(Config, String)])
  func mistakesNameTheirPlace(config: Config, message: String) {
    #expect { try build(config) } throws: { "\($0)" == message }
  }
}
