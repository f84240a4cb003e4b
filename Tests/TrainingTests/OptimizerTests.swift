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

  @Test("steps are PyTorch's, with gradients of zero and without any")
  func steps() throws {
    let recording = try Recording()
    #expect(recording.optimizers.count == 13)
    for (name, config) in recording.optimizers {
      let parameters = recording.parameters(on: device)
      let optimizer = try build(config, SilentModel(parameters: parameters))
      for step in 1...4 {
        for (key, parameter) in parameters {
          parameter.gradient = .value(
            recording.values("\(key).gradient.\(step)", shape: parameter.shape, on: device))
          guard key == "c", step == 3 else { continue }
          parameter.gradient = name.hasSuffix("absent") ? .none : .zero
        }
        optimizer.step()
        for (key, parameter) in parameters {
          let expected = try recording.tensors.floats("\(name).\(step).\(key)")
          #expect(relativeError(parameter.value, expected) < 1e-6, "\(name) \(step) \(key)")
        }
      }
    }
  }

  @Test("clipping is PyTorch's, for every norm")
  func clipping() throws {
    let recording = try Recording()
    #expect(recording.clips.count == 4)
    for (name, clip) in recording.clips {
      let parameters = recording.parameters(on: device)
      for (key, parameter) in parameters {
        parameter.gradient = .value(
          recording.values("\(key).gradient.1", shape: parameter.shape, on: device))
      }
      let clipping = try GradientClipping(
        config: try #require(clip["config"]), path: "optimizer_config.grad_clip")
      let norm = try #require(clipping.clip(parameters.map(\.1)))
      let expected = try Double(config: try #require(clip["norm"]), path: "norm")
      #expect(abs(norm - expected) < 1e-6 * expected, "\(name)")
      for (key, parameter) in parameters {
        guard case .value(let gradient) = parameter.gradient else {
          Issue.record("\(name): the gradient is gone")
          continue
        }
        let wanted = try recording.tensors.floats("clip.\(name).\(key)")
        #expect(relativeError(gradient, wanted) < 1e-6, "\(name) \(key)")
      }
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
  @Child private var conv: Conv2d
  @Child private var depthwise: Conv2d
  @Child private var bn: BatchNorm2d
  @Child private var fc: Linear

  init(_ device: any Device) {
    let context = LayerContext(device: device, generator: Generator(seed: 0))
    conv = Conv2d(3, 4, kernel: [3, 3], in: context)
    depthwise = Conv2d(
      4, 4, kernel: [3, 3], geometry: ConvolutionGeometry(groups: 4), in: context)
    bn = BatchNorm2d(4, in: context)
    fc = Linear(4, 2, in: context)
    super.init()
  }
}

/// What `Tests/Fixtures/optimizers` holds.
private struct Recording {
  let optimizers: [(String, Config)]
  let clips: [(String, Config)]
  let tensors: SafetensorsFile
  private let shapes: [(String, Shape)]

  init() throws {
    let facts = try JSONConfig.read("optimizers/optimizers.json")
    func entries(_ key: String) throws -> [(String, Config)] {
      try #require(facts[key]?.dictionary).map { ($0.key.text, $0.value) }
    }
    optimizers = try entries("optimizers")
    clips = try entries("clips")
    shapes = try entries("shapes").map { name, shape in
      (name, Shape(try [Int](config: shape, path: "shapes")))
    }
    tensors = try Fixtures.tensors("optimizers/optimizers.safetensors")
  }

  func values(_ name: String, shape: Shape, on device: any Device) -> Tensor {
    Tensor(
      CounterNumbers.signed(name, count: shape.count).map { Float($0) }, shape: shape, on: device)
  }

  func parameters(on device: any Device) -> [(String, Parameter)] {
    shapes.map { ($0.0, Parameter(values($0.0, shape: $0.1, on: device))) }
  }
}
