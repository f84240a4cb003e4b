import Configs
import NN
import Tensors
import TestKit
import Testing

@Suite struct InitializationTests {
  let context = LayerContext(device: CPU(), generator: Generator(seed: 1))

  struct Moments {
    let mean: Double
    let deviation: Double
    let largest: Double

    init(_ parameter: Parameter) {
      let values = parameter.value.floats.map(Double.init)
      let mean = values.reduce(0, +) / Double(values.count)
      self.mean = mean
      deviation =
        (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
      largest = values.map(abs).max() ?? 0
    }
  }

  /// A convolution `[64, 32, 3, 3]`: fan-in 288, fan-out 576.
  func convolution(_ initConfig: Config) throws -> Conv2d {
    let layer = Conv2d(32, 64, kernel: [3, 3], in: context)
    let module = Holder(layer, try InitRules(config: initConfig, path: "init_cfg"))
    try module.initializeWeights(in: context)
    return layer
  }

  final class Holder: BaseModule {
    @Child private var layer: Module
    @Children private var others: [Module]

    init(_ layer: Module, _ rules: InitRules?, others: KeyValuePairs<String, Module> = [:]) {
      self.layer = layer
      _others = Children(others.map(\.value)) { others[$0].key }
      super.init(initRules: rules)
    }
  }

  @Test(
    arguments: [
      (["type": "Kaiming", "layer": "Conv2d"], (2.0 / 576).squareRoot()),
      (["type": "Kaiming", "layer": "Conv2d", "mode": "fan_in"], (2.0 / 288).squareRoot()),
      (
        ["type": "Kaiming", "layer": "Conv2d", "a": 1, "nonlinearity": "leaky_relu"],
        (1.0 / 576).squareRoot()
      ),
      (
        ["type": "Kaiming", "layer": "Conv2d", "distribution": "uniform"],
        (2.0 / 576).squareRoot()
      ),
      (["type": "Caffe2Xavier", "layer": "Conv2d"], (1.0 / 288).squareRoot()),
      (["type": "Xavier", "layer": ["Conv2d"], "gain": 2], 2 * (2.0 / 864).squareRoot()),
      (["type": "Normal", "layer": "_ConvNd", "std": 0.02], 0.02),
      (["type": "Uniform", "layer": "Conv2d", "a": -1, "b": 1], (1.0 / 3).squareRoot()),
      (["type": "TruncNormal", "layer": "Conv2d", "std": 1, "a": -1, "b": 1], 0.5396),
    ] as [(Config, Double)])
  func drawsFromTheDistribution(config: Config, deviation: Double) throws {
    let layer = try convolution(config)
    let moments = Moments(layer.convolutionWeight)
    #expect(abs(moments.mean) < 0.03 * deviation)
    #expect(abs(moments.deviation / deviation - 1) < 0.03)
    #expect(layer.bias?.value.values.allSatisfy { $0 == 0 } == true)
  }

  @Test func constantsAndProbabilitiesFillBiases() throws {
    var layer = try convolution(["type": "Constant", "layer": "Conv2d", "val": 3, "bias": 2])
    #expect(layer.convolutionWeight.value.values.allSatisfy { $0 == 3 })
    #expect(layer.bias?.value.values.allSatisfy { $0 == 2 } == true)
    layer = try convolution(
      ["type": "Normal", "layer": "Conv2d", "std": 0.01, "bias_prob": 0.01])
    #expect(abs((layer.bias?.value.values[0] ?? 0) + 4.59512) < 1e-5)
  }

  @Test func whatNobodyInitialisesIsAsInPyTorch() {
    let layer = Conv2d(32, 64, kernel: [3, 3], in: context)
    let bound = 1 / 288.0.squareRoot()
    let moments = Moments(layer.convolutionWeight)
    #expect(moments.largest <= bound)
    #expect(abs(moments.deviation / (bound / 3.0.squareRoot()) - 1) < 0.03)
    #expect((layer.bias?.value.values.map(abs).max() ?? 1) <= Float(bound))
  }

  @Test func convModulesAreDrawnByHesRule() {
    let block = ConvModule(32, 64, kernel: 3, style: LayerStyle(), in: context)
    let moments = Moments(block.conv.convolutionWeight)
    #expect(abs(moments.deviation / (2.0 / 576).squareRoot() - 1) < 0.03)
  }

  @Test func rulesReachOnlyTheirLayersAndOverridesTheirPart() throws {
    let config: Config = [
      "type": "Constant", "layer": "Linear", "val": 1, "bias": 2,
      "override": ["type": "Constant", "name": "layer", "val": 5, "bias": 6],
    ]
    let layer = Conv2d(2, 2, kernel: [1, 1], in: context)
    let linear = Linear(2, 2, in: context)
    let other = Conv2d(2, 2, kernel: [1, 1], in: context)
    let outer = Holder(
      layer, try InitRules(config: config, path: "init_cfg"),
      others: ["fc": linear, "other": other])
    let before = other.convolutionWeight.value.values
    try outer.initializeWeights(in: context)
    #expect(layer.convolutionWeight.value.values == [5, 5, 5, 5])
    #expect(linear.linearWeight.value.values == [1, 1, 1, 1])
    #expect(other.convolutionWeight.value.values == before)
  }

  @Test func childrenOverwriteWhatTheirParentGave() throws {
    let inner = Holder(
      Linear(2, 2, in: context),
      try InitRules(config: ["type": "Constant", "layer": "Linear", "val": 7], path: "init_cfg"))
    let outer = Holder(
      inner,
      try InitRules(config: ["type": "Constant", "layer": "Linear", "val": 1], path: "init_cfg"))
    try outer.initializeWeights(in: context)
    #expect(outer.namedParameters()[0].parameter.value.values == [7, 7, 7, 7])
  }

  @Test func pretrainedWeightsAreAskedForAndNotOverwritten() throws {
    let rules = try InitRules(
      config: ["type": "Pretrained", "checkpoint": "a.pth", "prefix": "backbone."],
      path: "model.init_cfg")
    let layer = Linear(2, 2, in: context)
    let inner = Holder(
      layer,
      try InitRules(config: ["type": "Constant", "layer": "Linear", "val": 7], path: "init_cfg"))
    let module = Holder(inner, rules)
    #expect(throws: ConfigError.self) { try module.initializeWeights(in: context) }

    var asked: [PretrainedWeights] = []
    context.loadPretrained = { weights, _ in asked.append(weights) }
    let before = layer.linearWeight.value.values
    try module.initializeWeights(in: context)
    #expect(
      asked
        == [PretrainedWeights(checkpoint: "a.pth", prefix: "backbone.", path: "model.init_cfg")])
    #expect(layer.linearWeight.value.values == before)
  }

  @Test func mistakesNameTheirPlace() {
    let decode = { (config: Config) in _ = try InitRules(config: config, path: "init_cfg") }
    #expect(
      throws: ConfigError.unknownType(
        path: "init_cfg.0.type", kind: "initializer", name: "Kaimin", nearest: "Kaiming")
    ) { try decode([["type": "Kaimin"]]) }
    #expect(throws: ConfigError.missingKey(path: "init_cfg", key: "val")) {
      try decode(["type": "Constant"])
    }
    #expect(throws: ConfigError.unknownKey(path: "init_cfg", key: "layers", nearest: "layer")) {
      try decode(["type": "Constant", "val": 1, "layers": "Conv2d"])
    }
    #expect(throws: ConfigError.missingKey(path: "init_cfg.override", key: "name")) {
      try decode(["type": "Constant", "val": 1, "override": ["type": "Normal"]])
    }
  }

  @Test func weightsThatACheckpointOverwritesNeedNotBeDrawn() {
    let context = LayerContext(
      device: CPU(), generator: Generator(seed: 1), drawsWeights: false)
    let layer = Linear(3, 3, in: context)
    #expect(layer.linearWeight.value.values.allSatisfy { $0 == 0 })
    #expect(context.generator == Generator(seed: 1))
  }
}
