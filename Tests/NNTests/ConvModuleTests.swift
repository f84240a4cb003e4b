import Configs
import NN
import Tensors
import TestKit
import Testing

@Suite struct ConvModuleTests {
  let context = LayerContext(device: CPU(), generator: Generator(seed: 1))

  var images: Tensor { CounterNumbers.image("images", shape: [2, 8, 6, 5], on: context.device) }

  static let styles: [LayerStyle] = [
    LayerStyle(), LayerStyle(norm: nil), LayerStyle(activation: nil),
    LayerStyle(norm: nil, activation: nil), LayerStyle(activation: .relu6),
    LayerStyle(activation: ActivationSpec("Clamp", .clamp(minimum: -0.5, maximum: 0.5))),
    LayerStyle(activation: ActivationSpec("ELU", .elu(alpha: 1))), LayerStyle(norm: .groups(4)),
    LayerStyle(norm: .groups(3), activation: nil),
  ]

  @Test(arguments: styles)
  func evaluationIsTheSameFusedOrNot(style: LayerStyle) {
    let block = ConvModule(
      8, 12, kernel: 3, stride: 2, padding: 1, groups: 4, style: style, in: context)
    perturb(block)
    block.setTraining(false)
    let fused = block(images)
    let recorded = block(Tape().watch(images))
    #expect(fused.shape == [2, 12, 3, 3])
    #expect(relativeError(fused, recorded.values) < 1e-5)
  }

  @Test func hasABiasOnlyWithoutNormalisation() {
    let names = { (style: LayerStyle, bias: ConvModule.Bias) in
      ConvModule(3, 4, kernel: 1, bias: bias, style: style, in: context)
        .namedParameters().map(\.name)
    }
    #expect(names(LayerStyle(), .automatic) == ["conv.weight", "bn.weight", "bn.bias"])
    #expect(names(LayerStyle(norm: nil), .automatic) == ["conv.weight", "conv.bias"])
    #expect(names(LayerStyle(norm: nil), .explicit(false)) == ["conv.weight"])
    #expect(names(LayerStyle(), .explicit(true)).contains("conv.bias"))
  }

  @Test func orderDecidesWhatIsNormalised() {
    let block = ConvModule(
      8, 4, kernel: 1, style: LayerStyle(), order: [.activation, .norm, .convolution],
      in: context)
    #expect((block.norm as? BatchNorm2d)?.channelCount == 8)
    block.setTraining(false)
    let expected = block.conv(activate(images, .relu)).values
    #expect(relativeError(block(images), expected) < 1e-4)
  }

  @Test func frozenNormalisationIsNotTrained() throws {
    let spec = try NormSpec(config: ["type": "SyncBN", "requires_grad": false], path: "norm_cfg")
    let norm = spec.make(4, in: context)
    #expect(norm.trainedParameterCount == 0)
    #expect(norm.typeNames.contains("SyncBatchNorm"))
  }

  @Test func squeezesAndExcites() {
    var spec = SELayer.Spec()
    spec.ratio = 4
    let layer = SELayer(8, spec, in: context)
    #expect(
      layer.namedParameters().map(\.name)
        == ["conv1.conv.weight", "conv1.conv.bias", "conv2.conv.weight", "conv2.conv.bias"])
    // 8 channels over a ratio of 4, but never fewer than the divisor.
    #expect(layer.namedParameters()[0].parameter.shape == [8, 8, 1, 1])
    for (_, parameter) in layer.namedParameters() {
      parameter.value.floats.update(repeating: 0)
      parameter.markChanged()
    }
    #expect(relativeError(layer(images), images.values.map { $0 / 2 }) < 1e-6)
  }

  @Test(arguments: [(24.0, 24), (31.0, 32), (33.0, 32), (10.0, 16), (3.0, 8), (60.0, 64)])
  func roundsChannelsToADivisor(value: Double, expected: Int) {
    #expect(makeDivisible(value, by: 8) == expected)
  }

  /// Gives normalisation something to do.
  private func perturb(_ module: Module) {
    for (name, entry) in module.stateEntries() where entry.value.dtype == .float32 {
      let values = CounterNumbers.state(name, shape: entry.value.shape.dimensions)
      _ = entry.value.floats.update(fromContentsOf: values)
      if case .parameter(let parameter) = entry { parameter.markChanged() }
    }
  }
}

extension NormSpec {
  /// `GN` with that many groups.
  fileprivate static func groups(_ count: Int) -> NormSpec {
    var spec = NormSpec()
    spec.kind = .group(count: count)
    return spec
  }
}
