import NN
import Tensors
import TestKit
import Testing

/// Cells that are property and registered child at once.
@Suite struct ChildTests {
  let context = LayerContext(device: CPU(threads: 1), generator: Generator(seed: 1))

  /// Something with each kind of cell, and properties between that are none.
  class Base: BaseModule {
    @Child var fc: Linear
    let width: Int

    init(in context: LayerContext) {
      fc = Linear(2, 2, in: context)
      width = 2
      super.init()
    }
  }

  final class Block: Base {
    @Child var linearConv: any Layer
    @Child var downSample: (any Layer)?
    @Child var norm1: any NormalizationLayer
    @Child("fc.last") private(set) var last = IdentityLayer()
    private let names = ["a", "b"]
    @Children var fpnConvs: [Conv2d]
    @Children var stages: [any Layer]

    init(hasDownSample: Bool = false, in context: LayerContext) {
      linearConv = Linear(2, 3, in: context)
      downSample = hasDownSample ? IdentityLayer() : nil
      _norm1 = NormSpec.batch.child(1, 4, in: context)
      fpnConvs = (0..<2).map { _ in Conv2d(1, 1, kernel: 1, in: context) }
      _stages = Children([IdentityLayer(), IdentityLayer()]) { "layer\($0 + 1)" }
      super.init(in: context)
    }
  }

  @Test func areChildrenInTheOrderOfTheirDeclaration() {
    let names = [
      "fc", "linear_conv", "bn1", "fc.last", "fpn_convs", "layer1", "layer2",
    ]
    #expect(Block(in: context).children.map(\.name) == names)
    let block = Block(hasDownSample: true, in: context)
    #expect(
      block.children.map(\.name) == names.prefix(2) + ["down_sample"] + names.dropFirst(2))
    #expect(
      block.stateEntries().map(\.name) == [
        "fc.weight", "fc.bias", "linear_conv.weight", "linear_conv.bias", "bn1.weight",
        "bn1.bias", "bn1.running_mean", "bn1.running_var", "bn1.num_batches_tracked",
        "fpn_convs.0.weight", "fpn_convs.1.weight",
      ])
    #expect(block.namedModules().map(\.path).contains("fpn_convs.1"))
  }

  @Test func replacingAChildReplacesTheProperty() throws {
    let block = Block(in: context)
    let names = block.children.map(\.name)
    let (layer, norm, conv) = (
      IdentityLayer(), GroupNorm(2, 4, in: context), Conv2d(1, 2, kernel: 1, in: context)
    )
    try block.replaceChild("linear_conv", with: layer)
    try block.replaceChild("bn1", with: norm)
    try block.replaceChild("layer2", with: layer)
    try #require(block.children.first { $0.name == "fpn_convs" }?.module)
      .replaceChild("1", with: conv)
    #expect(block.linearConv === layer)
    #expect(block.norm1 === norm)
    #expect(block.stages[1] === layer)
    #expect(block.fpnConvs[1] === conv)
    #expect(block.children.map(\.name) == names)
    #expect(
      block.stateEntries().first { $0.name == "fpn_convs.1.weight" }?.entry.value.shape[0] == 2)
  }

  @Test func settingThePropertyReplacesTheChild() {
    let block = Block(in: context)
    let layer = IdentityLayer()
    block.linearConv = layer
    #expect(block.children[1].module === layer)
    block.downSample = layer
    #expect(block.children[2].name == "down_sample")
    block.downSample = nil
    #expect(!block.children.contains { $0.name == "down_sample" })
    block.fpnConvs = []
    #expect(!block.stateEntries().contains { $0.name.hasPrefix("fpn_convs") })
    block.stages = [layer, Sequential([layer])]
    #expect(block.namedModules().map(\.path).contains("layer2.0"))
  }

  @Test func optionalChildrenAndElementsCanBeLeftOut() {
    let block = Block(hasDownSample: true, in: context)
    block.removeChild("down_sample")
    #expect(block.downSample == nil)
    block.removeChild("layer1")
    #expect(block.stages.count == 1)
    #expect(block.children.last?.name == "layer2")
    let choices = ModuleDictionary([("a", IdentityLayer()), ("b", IdentityLayer())])
    let second = choices.layers[1]
    choices.removeChild("a")
    #expect(choices.names == ["b"])
    #expect(choices.layers.count == 1 && choices.layers[0] === second)
  }

  @Test func aModuleOfAnotherTypeIsRefused() throws {
    let block = Block(hasDownSample: true, in: context)
    let holder = Base(in: context)
    let error = #expect(throws: ModuleError.self) {
      try block.replaceChild("fc", with: IdentityLayer())
    }
    #expect(
      error
        == .wrongType(child: "fc", parent: "Block", holds: "Linear", found: "IdentityLayer"))
    #expect(
      error.map { "\($0)" }
        == "a IdentityLayer cannot take the place of 'fc' in a Block, which holds a Linear")
    for name in ["down_sample", "bn1", "layer1", "fpn_convs"] {
      #expect(throws: ModuleError.self) { try block.replaceChild(name, with: holder) }
    }
    #expect(!block.namedModules().contains { $0.module === holder })
  }

  @Test func normalisationsHaveTheirTwinsUnderBns() {
    let norm = SwitchableBatchNorm2d(replacing: BatchNorm2d(2, in: context), count: 2)
    #expect(
      norm.namedParameters().map(\.name) == [
        "bns.0.weight", "bns.0.bias", "bns.1.weight", "bns.1.bias",
      ])
  }
}
