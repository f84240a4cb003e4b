import Configs
import NN
import SearchSpaces
import Tensors
import TestKit
import Testing
import Zoo

/// Networks of which a part is observed: its calls take place then, where else it would be fused
/// with its neighbours, and the output stays the same.
@Suite struct ObservedPartsTests {
  @Test(arguments: ObservedNetwork.all)
  func changeNothingButRounding(network: ObservedNetwork) throws {
    for mode in network.modes {
      let module = try network.make()
      module.setTraining(mode == .training)
      let device = SPOSNet.context().device
      func images() -> Tensor {
        let images = CounterNumbers.image("input", shape: network.input, on: device)
        return mode == .evaluation ? images : Tape().watch(images)
      }
      let expected = outputs(of: module, [images()]).map(\.values)
      var worst = (whole: 0.0, part: 0.0)
      var callCount = 0
      for (path, part) in module.namedModules() where isCalled(part) {
        var calls: [ModuleCall] = []
        let observation = part.observe { calls.append($0) }
        let actual = outputs(of: module, [images()])
        observation.cancel()
        #expect(actual.count == expected.count)
        for (one, other) in zip(actual, expected) {
          worst.whole = max(worst.whole, relativeError(one, other))
        }
        // A path that drops nothing is not called where there is nothing to add.
        #expect(!calls.isEmpty || path.hasSuffix("drop_path"), "\(mode), \(path)")
        for call in calls {
          #expect(call.isComputed && call.module === part)
          for (one, other) in zip(call.outputs, outputs(of: part, call.inputs)) {
            worst.part = max(worst.part, relativeError(one, other.values))
          }
        }
        callCount += calls.count
        // What the part gave can come from its cache as well.
        guard mode == .evaluation, calls.count == 1 else { continue }
        part.cachedOutputs = calls[0].outputs
        let cached = outputs(of: module, [images()])
        part.cachedOutputs = nil
        for (one, other) in zip(cached, actual) {
          #expect(one.values == other.values, "\(path)")
        }
      }
      #expect(callCount > 0)
      #expect(worst.whole < network.tolerance, "\(mode)")
      #expect(worst.part < 1e-6, "\(mode)")
    }
  }

  /// Lists are not called, nor are the choices that are not chosen.
  private func isCalled(_ module: Module) -> Bool {
    module is any Layer || module is any BranchingLayer
  }

  private func outputs(of module: Module, _ inputs: [Tensor]) -> [Tensor] {
    switch module {
    case let layer as any Layer: return [layer(inputs[0])]
    case let layer as any BranchingLayer: return layer(inputs[0])
    default: preconditionFailure("a \(type(of: module)) is of no shape that is tested")
    }
  }
}

/// A brick or a backbone by its config.
struct ObservedNetwork: CustomTestStringConvertible, Sendable {
  enum Mode: CaseIterable {
    /// Off the tape, where most is fused.
    case evaluation
    case taped
    case training
  }

  let testDescription: String
  let input: Shape
  let modes: [Mode]
  /// For networks rounding grows through the layers behind the observed one, most where those
  /// normalise by the statistics of few pixels.
  let tolerance: Double
  fileprivate let build: @Sendable (LayerContext) throws -> Module

  fileprivate init(
    _ name: String, input: Shape = [2, 8, 9, 10], modes: [Mode] = Mode.allCases,
    tolerance: Double = 2e-6,
    _ build: @escaping @Sendable (LayerContext) throws -> Module
  ) {
    testDescription = name
    self.input = input
    self.modes = modes
    self.tolerance = tolerance
    self.build = build
  }

  /// The network with numbers that do something.
  func make() throws -> Module {
    let module = try build(SPOSNet.context())
    for (name, entry) in module.stateEntries() where entry.value.dtype == .float32 {
      let values = CounterNumbers.state(name, shape: entry.value.shape.dimensions)
      _ = entry.value.floats.update(fromContentsOf: values)
      if case .parameter(let parameter) = entry { parameter.markChanged() }
    }
    return module
  }

  static let all = bricks + operations + backbones + supernets
}

extension ObservedNetwork {
  private static let style = LayerStyle(norm: .batch, activation: .relu)

  private static let bricks = [
    ObservedNetwork("ConvModule") {
      ConvModule(8, 12, kernel: 3, padding: 1, style: style, in: $0)
    },
    ObservedNetwork("ConvModule without a fused activation") {
      let clamp = ActivationSpec("Clamp", .clamp(minimum: -0.5, maximum: 0.5))
      return ConvModule(8, 12, kernel: 1, style: LayerStyle(activation: clamp), in: $0)
    },
    ObservedNetwork("ConvModule in another order") {
      ConvModule(
        8, 12, kernel: 3, style: style, order: [.norm, .activation, .convolution], in: $0)
    },
    ObservedNetwork("ConvModule with group normalisation") {
      var norm = NormSpec.batch
      norm.kind = .group(count: 4)
      return ConvModule(8, 12, kernel: 3, style: LayerStyle(norm: norm), in: $0)
    },
    ObservedNetwork("ConvModule with switchable normalisation") {
      let block = ConvModule(8, 12, kernel: 3, style: style, in: $0)
      guard let norm = block.norm as? BatchNorm2d else { return block }
      let twins = SwitchableBatchNorm2d(replacing: norm, count: 1)
      try block.replaceChild("bn", with: twins)
      return block
    },
    ObservedNetwork("DepthwiseSeparableConvModule") {
      DepthwiseSeparableConvModule(8, 12, kernel: 3, padding: 1, style: style, in: $0)
    },
    ObservedNetwork("SELayer") { SELayer(8, in: $0) },
    ObservedNetwork("Sequential") { context in
      Sequential([
        ConvModule(8, 16, kernel: 1, style: style, in: context),
        ConvModule(16, 16, kernel: 3, padding: 1, groups: 16, style: style, in: context),
        ConvModule(16, 12, kernel: 1, style: style.linear, in: context),
        ConvModule(12, 12, kernel: 5, padding: 2, groups: 12, style: style, in: context),
        ConvModule(12, 8, kernel: 1, style: style, in: context),
      ])
    },
    ObservedNetwork("InvertedResidual with a residual") {
      InvertedResidual(8, 8, stride: 1, expansion: 4, style: style, in: $0)
    },
    ObservedNetwork("InvertedResidual that strides") {
      InvertedResidual(8, 12, stride: 2, expansion: 1, style: style, in: $0)
    },
    ObservedNetwork("ShuffleNetV2Block") {
      ShuffleNetV2Block(8, 8, stride: 1, style: style, in: $0)
    },
    ObservedNetwork("ShuffleNetV2Block that strides") {
      ShuffleNetV2Block(8, 12, stride: 2, style: style, in: $0)
    },
  ]

  private static let operations = [
    operation("Identity", 12),
    operation("ShuffleBlock", 8, ["kernel_size": 5]),
    operation("ShuffleBlock", 12, stride: 2, ["kernel_size": 3]),
    operation("ShuffleXception", 8),
    operation("ShuffleXception", 12, stride: 2),
    operation("MBBlock", 8, ["kernel_size": 3, "expand_ratio": 3]),
    operation("MBBlock", 8, ["kernel_size": 3, "expand_ratio": 3, "se_cfg": ["ratio": 4]]),
    operation("MBBlock", 12, stride: 2, ["kernel_size": 5, "expand_ratio": 1]),
  ]

  private static func operation(
    _ type: String, _ outChannels: Int, stride: Int = 1, _ fields: Config = [:]
  ) -> ObservedNetwork {
    var config = fields
    config["type"] = .string(type)
    let (built, shape) = (
      config, OperationShape(inChannels: 8, outChannels: outChannels, stride: stride)
    )
    return ObservedNetwork("\(type) \(text(of: fields)) stride \(stride)") { _ in
      try SearchSpaceCatalogs.builtIn.operations.build(
        built, path: "op", scope: .mmrazor,
        context: OperationContext(shape, in: SPOSNet.context()))
    }
  }

  /// The stems, blocks and shortcuts, and whole networks where most is fused.
  private static let backbones = [
    backbone("ResNet", ["depth": 18, "num_stages": 1]),
    backbone("ResNet", ["depth": 50, "num_stages": 2]),
    backbone(
      "ResNet",
      [
        "depth": 50, "num_stages": 2, "style": "caffe",
        "norm_cfg": ["type": "GN", "num_groups": 4],
      ]
    ),
    backbone("ResNetV1d", ["depth": 50, "num_stages": 2]),
    backbone("ResNet_CIFAR", ["depth": 18, "num_stages": 2]),
    backbone("ResNet", ["depth": 50], modes: [.evaluation]),
    backbone("MobileNetV2", ["widen_factor": 0.25], modes: [.evaluation]),
    backbone("ShuffleNetV2", ["widen_factor": 0.5], modes: [.evaluation]),
  ]

  private static func backbone(
    _ type: String, _ fields: Config, modes: [Mode] = Mode.allCases
  ) -> ObservedNetwork {
    var config = fields
    config["type"] = .string(type)
    if type.hasPrefix("ResNet") {
      config["base_channels"] = 8
      config["stem_channels"] = 8
    }
    if case .int(let count)? = fields["num_stages"] {
      config["strides"] = .list((0..<count).map { .int($0 + 1) })
      config["dilations"] = .list((0..<count).map { .int($0 + 1) })
      config["out_indices"] = .list((0..<count).map { .int($0) })
    }
    let built = config
    return ObservedNetwork(
      "\(type) \(text(of: fields))", input: [2, 3, 32, 32], modes: modes, tolerance: 3e-5
    ) { _ in
      try SPOSNet.catalogs.backbones.build(
        built, path: "backbone", scope: .mmcls, context: SPOSNet.context())
    }
  }

  private static func text(of fields: Config) -> String {
    (fields.dictionary?.map { $0.key.text } ?? []).joined(separator: " ")
  }

  /// One path of each.
  private static let supernets = SPOSNet.allCases.map { net in
    ObservedNetwork(
      "supernet of \(net)", input: [1, 3, 32, 32], modes: [.evaluation], tolerance: 3e-5
    ) { _ in
      let supernet = try Supernet(net)
      var generator = Generator(seed: 5)
      try supernet.mutator.deploySubnet(supernet.mutator.sampleSubnet(&generator))
      return supernet.model.backbone
    }
  }
}
