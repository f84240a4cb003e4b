import Configs
import OrderedCollections
import SearchSpaces
import Tensors
import TestKit
import Testing
import Zoo

@Suite struct MutatorTests {
  let supernet: Supernet
  let chosen: Subnet

  init() throws {
    supernet = try Supernet(.shufflenetv2)
    chosen = try SPOSFixture.supernet(.shufflenetv2).subnet
  }

  @Test func samplesEveryChoice() {
    var generator = Generator(seed: 1)
    var counts: [String: Int] = [:]
    for _ in 0..<200 {
      let subnet = supernet.mutator.sampleSubnet(&generator)
      #expect(throws: Never.self) { try supernet.mutator.check(subnet) }
      for names in subnet.chosen.values { counts[names[0], default: 0] += 1 }
    }
    // 4000 draws of 4 choices: 1000 each, deviation 27.
    for (_, count) in counts { #expect(abs(count - 1000) < 140) }
    #expect(counts.count == 4)
  }

  @Test func mutatesTheGivenShareOfSpaces() {
    var generator = Generator(seed: 2)
    #expect(supernet.mutator.mutate(chosen, probability: 0, &generator) == chosen)
    var changed = 0
    for _ in 0..<200 {
      let mutant = supernet.mutator.mutate(chosen, probability: 0.4, &generator)
      changed += chosen.chosen.count { mutant.chosen[$0.key] != $0.value }
    }
    // A redraw hits the old choice once in four: 4000 * 0.4 * 0.75.
    #expect(abs(changed - 1200) < 150)
  }

  @Test func crossesParentsHalfAndHalf() {
    var generator = Generator(seed: 3)
    let other = supernet.mutator.sampleSubnet(&generator)
    var fromOther = 0
    for _ in 0..<100 {
      let child = supernet.mutator.crossOver(chosen, other, &generator)
      for (id, names) in child.chosen {
        #expect(names == chosen.chosen[id] || names == other.chosen[id])
        if names == other.chosen[id], names != chosen.chosen[id] { fromOther += 1 }
      }
    }
    let different = chosen.chosen.count { other.chosen[$0.key] != $0.value }
    #expect(abs(Double(fromOther) / Double(100 * different) - 0.5) < 0.1)
  }

  @Test func masksStandForSubnets() throws {
    let masks = supernet.mutator.masks(of: chosen)
    #expect(masks.map(\.spaceID) == supernet.mutator.searchSpaces.map(\.id))
    #expect(masks.allSatisfy { $0.mask.reduce(0, +) == 1 })
    #expect(supernet.mutator.subnet(fromMasks: masks) == chosen)
    #expect(supernet.mutator.subnet(fromMasks: Array(masks.dropLast())) == nil)
  }

  @Test func deployingAnUnknownChoiceNamesTheNearest() {
    var wrong = chosen
    wrong.chosen["stage_0_block_0"] = ["shufle_3x3"]
    let error = SearchSpaceError.unknownChoice(
      file: "s.yaml", spaceID: "stage_0_block_0", choice: "shufle_3x3", nearest: "shuffle_3x3",
      choices: ["shuffle_3x3", "shuffle_5x5", "shuffle_7x7", "shuffle_xception"])
    #expect(throws: error) { try supernet.mutator.deploySubnet(wrong, file: "s.yaml") }
    #expect(
      error.description == "s.yaml: stage_0_block_0: there is no choice 'shufle_3x3'; "
        + "did you mean 'shuffle_3x3'? (choices: 'shuffle_3x3', 'shuffle_5x5', 'shuffle_7x7', "
        + "'shuffle_xception')")
  }

  @Test func deployingNeedsEverySpaceAndNoOther() {
    var wrong = chosen
    wrong.chosen["stage_2_block_7"] = nil
    #expect(throws: SearchSpaceError.missingSpace(file: nil, spaceID: "stage_2_block_7")) {
      try supernet.mutator.deploySubnet(wrong)
    }
    wrong = chosen
    wrong.chosen["stage_9_block_0"] = ["shuffle_3x3"]
    #expect(
      throws: SearchSpaceError.unknownSpace(
        file: nil, spaceID: "stage_9_block_0", nearest: "stage_0_block_0")
    ) {
      try supernet.mutator.deploySubnet(wrong)
    }
  }

  @Test func aGroupWithoutChoicesIsAnError() throws {
    let context = SPOSNet.context()
    let model = try SPOSNet.catalogs.models.build(
      SPOSNet.shufflenetv2.model, path: "model", scope: .mmcls, context: context)
    #expect(throws: SearchSpaceError.placeholderLeft(spaceID: "stage_0_block_0")) {
      try Placeholder.checkNone(in: model)
    }
    let mutator = OneShotMutator(
      PlaceholderMapping(["all_block": [:]], path: "mutator.mapping"))
    #expect(
      throws: SearchSpaceError.unmappedGroup(
        path: "mutator.mapping", group: "all_blocks", nearest: "all_block")
    ) {
      try mutator.prepare(model, in: MutatorContext(context))
    }
  }

  @Test func configErrorsCarryTheirPath() throws {
    let context = SPOSNet.context()
    let model = try SPOSNet.catalogs.models.build(
      SPOSNet.shufflenetv2.model, path: "model", scope: .mmcls, context: context)
    var config = SPOSNet.shufflenetv2.mutator
    config["placeholder_mapping"] = [
      "all_blocks": [
        "type": "OneShotOP",
        "choices": ["a": ["type": "ShuffleBlock", "kernel_size": 3, "norm_cgf": ["type": "BN"]]],
      ]
    ]
    let mutator = try OneShotMutator.catalog.build(
      config, path: "mutator", scope: .mmcls, context: context)
    #expect(
      throws: ConfigError.unknownKey(
        path: "mutator.placeholder_mapping.all_blocks.choices.a", key: "norm_cgf",
        nearest: "norm_cfg")
    ) {
      try mutator.prepare(model, in: MutatorContext(context))
    }
  }

  @Test func aGroupThatNoPlaceholderAsksForIsAWarning() throws {
    let context = SPOSNet.context()
    let model = try SPOSNet.catalogs.models.build(
      SPOSNet.shufflenetv2.model, path: "model", scope: .mmcls, context: context)
    var mapping = try #require(SPOSNet.shufflenetv2.mutator["placeholder_mapping"])
    mapping["all_block"] = mapping["all_blocks"]
    mapping["first_blocks"] = ["type": "OneShotOP"]
    var warnings: [String] = []
    let mutator = OneShotMutator(PlaceholderMapping(mapping, path: "mutator.placeholder_mapping"))
    try mutator.prepare(model, in: MutatorContext(context) { warnings.append($0) })
    #expect(
      warnings == [
        "mutator.placeholder_mapping.all_block: no placeholder of the supernet asks for this "
          + "group; did you mean 'all_blocks'?",
        "mutator.placeholder_mapping.first_blocks: no placeholder of the supernet asks for this "
          + "group",
      ])
  }

  @Test func aKeyThatNothingReadsInAGroupIsAnError() throws {
    let context = SPOSNet.context()
    let place = MutableContext(
      spaceID: "a", shape: OperationShape(inChannels: 8, outChannels: 8), catalogs: .builtIn,
      build: context)
    func message(_ config: Config) -> String? {
      let error = #expect(throws: ConfigError.self) {
        try SearchSpaceCatalogs.builtIn.mutables.build(
          config, path: "mapping.all_blocks", scope: .mmcls, context: place)
      }
      return error?.description
    }
    #expect(
      message(["type": "OneShotOP", "choices": ["a": ["type": "Identity"]], "num_chosn": 1])
        == "mapping.all_blocks.num_chosn: unknown key; did you mean 'num_chosen'?")
    // Channels and stride are those of the place.
    #expect(
      message(["type": "OneShotOP", "choices": ["a": ["type": "Identity", "stride": 2]]])
        == "mapping.all_blocks.choices.a.stride: unknown key")
    #expect(
      message(["type": "OneShotOp", "choices": ["a": ["type": "Identity"]]])
        == "mapping.all_blocks.type: there is no mutable named 'OneShotOp'; did you mean "
        + "'OneShotOP'?")
  }
}
