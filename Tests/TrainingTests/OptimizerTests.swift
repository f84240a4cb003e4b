import Checkpoints
import Configs
import NN
import OrderedCollections
import Tensors
import TestKit
import Testing

@testable import Training

@Suite("Optimizers")
struct OptimizerTests {
  private let device = CPU(threads: 1)

  /// Values recorded with PyTorch 1.13 after each of four gradients, the third of which is zero.
  @Test(
    "steps are PyTorch's",
    arguments: [
      (
        ["type": "SGD", "lr": 0.1, "momentum": 0.9, "weight_decay": 0.01],
        [
          [0.989_000_022, -1.978_000_05, 0.469_500_005],
          [0.938_111_007, -1.956_222_06, 0.451_580_495],
          [0.891_372_8, -1.934_665_68, 0.435_001_373],
          [0.878_417_015, -1.963_330_27, 0.399_645_15],
        ]
      ),
      (
        ["type": "SGD", "lr": 0.1, "momentum": 0.9, "weight_decay": 0.01, "nesterov": true],
        [
          [0.979_099_989, -1.958_199_98, 0.442_050_01],
          [0.892_329_693, -1.936_659_45, 0.435_505_122],
          [0.849_422_216, -1.915_355_68, 0.420_185_089],
          [0.866_994_679, -1.989_286_07, 0.367_990_673],
        ]
      ),
      (
        ["type": "SGD", "lr": 0.1, "momentum": 0.9, "dampening": 0.5],
        [
          [0.990_000_01, -1.980_000_02, 0.469_999_999],
          [0.961_000_025, -1.962_000_01, 0.447_999_984],
          [0.934_900_045, -1.945_800_07, 0.428_199_977],
          [0.926_410_02, -1.956_220_03, 0.400_379_986],
        ]
      ),
      (
        ["type": "SGD", "lr": 0.1, "maximize": true],
        [
          [1.009_999_99, -2.019_999_98, 0.530_000_031],
          [1.049_999_95, -2.019_999_98, 0.520_000_041],
          [1.049_999_95, -2.019_999_98, 0.520_000_041],
          [1.019_999_98, -1.970_000_03, 0.540_000_021],
        ]
      ),
      (
        ["type": "Adam", "lr": 0.1, "weight_decay": 0.01],
        [
          [0.900_000_036, -1.899_999_98, 0.400_000_006],
          [0.810_742_915, -1.826_836_94, 0.358_439_952],
          [0.740_536_273, -1.765_202_52, 0.325_599_194],
          [0.726_283_371, -1.796_975_02, 0.271_699_667],
        ]
      ),
      (
        ["type": "Adam", "lr": 0.1, "betas": .tuple([0.5, 0.9]), "amsgrad": true],
        [
          [0.899_999_976, -1.899_999_98, 0.400_000_006],
          [0.799_409_986, -1.854_053_14, 0.384_768_784],
          [0.747_924_387, -1.830_535_89, 0.376_972_884],
          [0.786_856_532, -1.919_452_31, 0.314_646_155],
        ]
      ),
      (
        ["type": "AdamW", "lr": 0.1, "weight_decay": 0.05],
        [
          [0.894_999_981, -1.889_999_99, 0.397_500_008],
          [0.802_087_307, -1.813_544_15, 0.355_490_655],
          [0.729_714_334, -1.752_680_78, 0.322_776_198],
          [0.715_014_756, -1.782_148, 0.268_658_727],
        ]
      ),
    ] as [(Config, [[Float]])])
  func steps(config: Config, expected: [[Float]]) throws {
    let parameter = Parameter(Tensor([1, -2, 0.5], shape: [3], on: device))
    let optimizer = try build(config, SilentModel(parameters: [("p", parameter)]))
    let gradients: [[Float]?] = [[0.1, -0.2, 0.3], [0.4, 0, -0.1], nil, [-0.3, 0.5, 0.2]]
    for (gradient, wanted) in zip(gradients, expected) {
      parameter.gradient =
        gradient.map { .value(Tensor($0, shape: [3], on: device)) } ?? .zero
      optimizer.step()
      #expect(relativeError(parameter.value, wanted) < 1e-6)
    }
  }

  @Test("a parameter without a gradient neither moves nor gets state, one of zeros does")
  func zeroFill() throws {
    let touched = Parameter(.filled(1, shape: [2], on: device))
    let untouched = Parameter(.filled(1, shape: [2], on: device))
    let optimizer = try build(
      ["type": "SGD", "lr": 0.1, "momentum": 0.9, "weight_decay": 0.1],
      SilentModel(parameters: [("touched", touched), ("untouched", untouched)]))
    touched.gradient = .value(.zeros([2], on: device))
    optimizer.clearGradients()
    optimizer.step()
    #expect(touched.value.values == [0.99, 0.99])
    #expect(untouched.value.values == [1, 1])
    #expect(optimizer.state(of: touched) != nil)
    #expect(optimizer.state(of: untouched) == nil)
  }

  @Test("state survives PyTorch's form", arguments: ["SGD", "Adam"])
  func stateRoundTrip(type: String) throws {
    func make() throws -> (Parameter, Optimizer) {
      let parameter = Parameter(Tensor([1, -2], shape: [2], on: device))
      let config: Config =
        type == "SGD"
        ? ["type": "SGD", "lr": 0.1, "momentum": 0.9] : ["type": "Adam", "lr": 0.1]
      return (
        parameter,
        try build(config, SilentModel(parameters: [("frozen", frozen()), ("p", parameter)]))
      )
    }
    let (first, original) = try make()
    let (second, copy) = try make()
    for _ in 0..<2 {
      first.gradient = .value(Tensor([0.3, -0.1], shape: [2], on: device))
      original.step()
    }
    original.groups[0].learningRate = 0.02
    original.groups[0].initialLearningRate = 0.1
    second.value = Tensor(first.value.values, shape: [2], on: device)
    try copy.restore(original.checkpointValue, file: "x.pth")
    #expect(copy.groups[0].learningRate == 0.02)
    #expect(copy.groups[0].initialLearningRate == 0.1)
    for (parameter, optimizer) in [(first, original), (second, copy)] {
      parameter.gradient = .value(Tensor([0.2, 0.2], shape: [2], on: device))
      optimizer.step()
    }
    #expect(first.value.values == second.value.values)

    let group = try #require(original.checkpointValue["param_groups"]?.elements?.first)
    let keys = group.dictionary?.textEntries.map(\.key)
    if type == "SGD" {
      #expect(
        keys == [
          "lr", "momentum", "dampening", "weight_decay", "nesterov", "maximize", "foreach",
          "differentiable", "initial_lr", "params",
        ])
    } else {
      #expect(keys?.contains("betas") == true)
    }
    let state = try #require(original.checkpointValue["state"]?.dictionary)
    #expect(Array(state.items.keys) == [.int(1)])
    let names = state[1]?.dictionary?.textEntries.map(\.key)
    #expect(names == (type == "SGD" ? ["momentum_buffer"] : ["step", "exp_avg", "exp_avg_sq"]))
  }

  @Test("a state of another model is refused")
  func foreignState() throws {
    let optimizer = try build(
      ["type": "SGD", "lr": 0.1], SilentModel(parameters: [("p", frozen())]))
    let error = #expect(throws: TrainingError.self) {
      try optimizer.restore(["state": [:], "param_groups": []], file: "x.pth")
    }
    #expect(
      error?.description
        == "x.pth: the checkpoint's optimizer state does not fit: it has 0 parameter groups, "
        + "this run 1")
  }

  // MARK: - Parameter groups

  @Test("without paramwise options there is one group")
  func oneGroup() throws {
    let optimizer = try build(["type": "SGD", "lr": 0.1], Net(device))
    #expect(optimizer.groups.count == 1)
    #expect(optimizer.groups[0].parameters.count == 8)
  }

  @Test("paramwise options make one group per parameter in the order of the names")
  func paramwise() throws {
    let net = Net(device)
    let optimizer = try build(
      [
        "type": "SGD", "lr": 0.5, "weight_decay": 0.1,
        "paramwise_cfg": [
          "norm_decay_mult": 0.0, "bias_decay_mult": 0.5, "bias_lr_mult": 2.0,
          "dwconv_decay_mult": 0.25, "custom_keys": ["fc": ["lr_mult": 10.0]],
        ],
      ], net)
    let names = net.namedParameters().map(\.name)
    #expect(
      names == [
        "conv.weight", "conv.bias", "depthwise.weight", "depthwise.bias", "bn.weight", "bn.bias",
        "fc.weight", "fc.bias",
      ])
    #expect(optimizer.groups.map(\.learningRate) == [0.5, 1, 0.5, 1, 0.5, 0.5, 5, 5])
    #expect(
      optimizer.groups.map(\.weightDecay) == [0.1, 0.05, 0.025, 0.025, 0, 0, 0.1, 0.1])
    #expect(
      zip(optimizer.groups, net.namedParameters()).allSatisfy {
        $0.parameters.count == 1 && $0.parameters[0] === $1.parameter
      })
  }

  @Test("the longest custom key counts, and then the alphabetically first")
  func customKeys() throws {
    let optimizer = try build(
      [
        "type": "SGD", "lr": 1.0,
        "paramwise_cfg": [
          "custom_keys": [
            "c": ["lr_mult": 2.0], "conv": ["lr_mult": 3.0], "nv.w": ["lr_mult": 4.0],
          ]
        ],
      ], Net(device))
    #expect(optimizer.groups.map(\.learningRate) == [3, 3, 1, 1, 1, 1, 2, 2])
  }

  @Test("a shared parameter is an error, or is left out")
  func duplicates() throws {
    let shared = frozen()
    let model = SilentModel(parameters: [("a", shared), ("b", shared)])
    var config: Config = ["type": "SGD", "lr": 1.0, "paramwise_cfg": ["bias_lr_mult": 1.0]]
    #expect(throws: ConfigError.self) { try build(config, model) }
    config["paramwise_cfg"] = ["bypass_duplicate": true]
    #expect(try build(config, model).groups.count == 1)
  }

  @Test(
    "a wrong optimizer says where",
    arguments: [
      (
        ["type": "SDG", "lr": 0.1],
        "optimizer.type: there is no optimizer named 'SDG'; did you mean 'SGD'?"
      ),
      (["type": "SGD"], "optimizer.lr: this key is required"),
      (["type": "SGD", "lr": -1.0], "optimizer.lr: must not be negative, this is -1.0"),
      (
        ["type": "SGD", "lr": 0.1, "momentun": 0.9],
        "optimizer.momentun: unknown key; did you mean 'momentum'?"
      ),
      (
        ["type": "SGD", "lr": 0.1, "paramwise_cfg": ["norm_decay_mult": 0.0]],
        "optimizer.paramwise_cfg.norm_decay_mult: there is no weight decay to multiply; give the "
          + "optimizer a weight_decay"
      ),
      (
        ["type": "SGD", "lr": 0.1, "paramwise_cfg": ["norm_mult": 0.0]],
        "optimizer.paramwise_cfg.norm_mult: unknown key"
      ),
      (["student": ["type": "SGD", "lr": 0.1]], "optimizer.student: unknown key"),
    ] as [(Config, String)])
  func errors(config: Config, message: String) {
    let error = #expect(throws: ConfigError.self) { try build(config, Net(device)) }
    #expect(error?.description == message)
  }

  @Test("a dictionary of optimizers moves the children it names")
  func namedOptimizers() throws {
    let net = Net(device)
    let set = try OptimizerConstructor().build(
      ["bn": ["type": "SGD", "lr": 0.1], "fc": ["type": "Adam", "lr": 0.2]], path: "optimizer",
      for: net)
    #expect(set["bn"]?.parameters.count == 2)
    #expect(set["fc"]?.name == "Adam")
    #expect(set.only == nil)
  }

  private func frozen() -> Parameter { Parameter(.zeros([1], on: device)) }

  private func build(_ config: Config, _ model: Module) throws -> Optimizer {
    try #require(
      try OptimizerConstructor().build(config, path: "optimizer", for: model).only)
  }
}

/// One layer of each kind that paramwise options tell apart.
private final class Net: Module {
  init(_ device: any Device) {
    super.init()
    let context = LayerContext(device: device, generator: Generator(seed: 0))
    register("conv", Conv2d(3, 4, kernel: [3, 3], in: context))
    register(
      "depthwise",
      Conv2d(4, 4, kernel: [3, 3], geometry: ConvolutionGeometry(groups: 4), in: context))
    register("bn", BatchNorm2d(4, in: context))
    register("fc", Linear(4, 2, in: context))
  }
}
