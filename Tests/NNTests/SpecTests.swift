import Configs
import NN
import Tensors
import TestKit
import Testing

@Suite struct SpecTests {
  let device = CPU()

  /// Each activation at -4, -1, 0, 2 and 7.
  @Test(
    arguments: [
      (["type": "ReLU", "inplace": true], [0, 0, 0, 2, 7]),
      (["type": "ReLU6"], [0, 0, 0, 2, 6]),
      (["type": "LeakyReLU"], [-0.04, -0.01, 0, 2, 7]),
      (["type": "LeakyReLU", "negative_slope": 0.1], [-0.4, -0.1, 0, 2, 7]),
      (["type": "HSwish"], [0, -1.0 / 3, 0, 5.0 / 3, 7]),
      (["type": "HSigmoid"], [0, 1.0 / 3, 0.5, 5.0 / 6, 1]),
      (["type": "HSigmoid", "bias": 1, "divisor": 2], [0, 0, 0.5, 1, 1]),
      (["type": "Sigmoid"], [0.01798621, 0.26894142, 0.5, 0.88079708, 0.99908895]),
      (["type": "Swish"], [-0.07194484, -0.26894142, 0, 1.76159416, 6.99362264]),
      (["type": "Tanh"], [-0.99932930, -0.76159416, 0, 0.96402758, 0.99999834]),
      (["type": "GELU"], [-0.00012669, -0.15865525, 0, 1.95449974, 7]),
      (["type": "ELU"], [-0.98168436, -0.63212056, 0, 2, 7]),
      (["type": "Clip", "max": 3], [-1, -1, 0, 2, 3]),
    ] as [(Config, [Float])])
  func activations(config: Config, expected: [Float]) throws {
    let spec = try ActivationSpec(config: config, path: "act_cfg")
    let input = Tensor(channelsLast: [-4, -1, 0, 2, 7], shape: [1, 5, 1, 1], on: device)
    #expect(relativeError(ActivationLayer(spec)(input), expected) < 1e-5)
  }

  @Test func unknownKindsNameTheNearest() {
    #expect(
      throws: ConfigError.unknownType(
        path: "act_cfg.type", kind: "activation layer", name: "ReLu", nearest: "ReLU")
    ) { try ActivationSpec(config: ["type": "ReLu"], path: "act_cfg") }
    #expect(
      throws: ConfigError.unknownType(
        path: "norm_cfg.type", kind: "normalisation layer", name: "IN", nearest: "BN")
    ) { try NormSpec(config: ["type": "IN"], path: "norm_cfg") }
    #expect(
      throws: ConfigError.unknownType(
        path: "conv_cfg.type", kind: "convolution layer", name: "DCN", nearest: nil)
    ) { try ConvSpec(config: ["type": "DCN"], path: "conv_cfg") }
    #expect(
      throws: ConfigError.unknownKey(path: "norm_cfg", key: "epsilon", nearest: nil)
    ) { try NormSpec(config: ["type": "BN", "epsilon": 1], path: "norm_cfg") }
  }

  @Test func normReadsItsArguments() throws {
    let config: Config = ["type": "BN", "eps": 1e-3, "momentum": nil, "affine": false]
    let spec = try NormSpec(config: config, path: "norm_cfg")
    #expect(spec.epsilon == 1e-3)
    #expect(spec.kind == .batch(momentum: nil))
    #expect(!spec.isAffine)
    #expect(try NormSpec(config: ["type": "BN"], path: "norm_cfg") == .batch)
    let synchronized = try NormSpec(config: ["type": "SyncBN"], path: "norm_cfg")
    #expect(synchronized.kind == .batch(synchronizes: true))
    #expect(synchronized.childName == "bn")
  }

  @Test func groupNormReadsItsArguments() throws {
    let spec = try NormSpec(
      config: ["type": "GN", "num_groups": 4, "eps": 1e-3, "requires_grad": false],
      path: "norm_cfg")
    #expect(spec.kind == .group(count: 4))
    #expect(spec.epsilon == 1e-3)
    #expect(spec.childName == "gn")
    let norm = spec.make(8, in: LayerContext(device: device, generator: Generator(seed: 0)))
    #expect((norm as? GroupNorm)?.groupCount == 4)
    #expect(norm.weight?.requiresGradient == false && !norm.usesBatchStatistics)
    for (config, message) in [
      (["type": "GN"], "norm_cfg.num_groups: this key is required"),
      (["type": "GN", "num_groups": 0], "norm_cfg.num_groups: must be at least 1, found 0"),
      (["type": "GN", "num_groups": 2, "momentum": 0.1], "norm_cfg.momentum: unknown key"),
    ] as [(Config, String)] {
      let error = #expect(throws: ConfigError.self) {
        try NormSpec(config: config, path: "norm_cfg")
      }
      let text = error.map { "\($0)" } ?? ""
      #expect(text.hasPrefix(message), "\(text)")
    }
  }
}
