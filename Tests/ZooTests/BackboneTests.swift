import Configs
import NN
import Tensors
import TestKit
import Testing
import Zoo

/// mmcls's backbones against what the original recorded.
@Suite struct BackboneTests {
  @Test(arguments: RecordedBackbone.all)
  func hasTheNamesAndShapesOfTheOriginal(recorded: RecordedBackbone) throws {
    let built = try BuiltBackbone(#require(recorded.facts["config"]))
    let lines = built.backbone.stateEntries().map {
      "\($0.name) \($0.entry.value.shape.dimensions)"
    }
    #expect(lines.count == recorded.number("entry_count"))
    #expect(Array(lines.prefix(3)) == recorded.lines("first"))
    #expect(Array(lines.suffix(3)) == recorded.lines("last"))
    #expect(hash(of: lines) == recorded.text("state_hash"))
    let paths = built.backbone.namedModules().map(\.path).filter { !$0.isEmpty }
    #expect(paths.count == recorded.number("module_count"))
    #expect(hash(of: paths) == recorded.text("module_hash"))
  }

  @Test(arguments: RecordedBackbone.all)
  func showsEachModuleAsOftenAsTheOriginalCallsIt(recorded: RecordedBackbone) throws {
    let built = try BuiltBackbone(#require(recorded.facts["config"]), filled: true)
    built.backbone.setTraining(false)
    let modules = built.backbone.namedModules().filter { !$0.path.isEmpty }
    var calls: [String: Int] = [:]
    let observations = modules.map { path, module in
      module.observe { _ in calls[path, default: 0] += 1 }
    }
    let outputs = built.backbone(recorded.images(on: built.device))
    let lines = modules.map { "\($0.path) \(calls[$0.path] ?? 0)" }
    #expect(calls.values.reduce(0, +) == recorded.number("call_count"))
    #expect(hash(of: lines) == recorded.text("calls_hash"))

    for observation in observations { observation.cancel() }
    var shown: [Tensor] = []
    let observation = built.backbone.observe { shown += $0.outputs }
    let again = built.backbone(recorded.images(on: built.device))
    observation.cancel()
    #expect(shown.map(\.shape) == again.map(\.shape))
    // Observed parts are not fused; that changes rounding at most.
    for (one, other) in zip(outputs, again) {
      #expect(relativeError(one, other.values) < 1e-4)
    }
  }

  @Test(arguments: RecordedBackbone.all)
  func costsWhatTheOriginalCounts(recorded: RecordedBackbone) throws {
    let built = try BuiltBackbone(#require(recorded.facts["config"]))
    let backbone = built.backbone
    let parameters = backbone.namedParameters().reduce(0) { $0 + $1.parameter.shape.count }
    #expect(parameters == recorded.number("parameters"))
    backbone.setTraining(true)
    let trained = backbone.namedParameters().filter { $0.parameter.requiresGradient }
    #expect(trained.count == recorded.number("trained_count"))
    let cost = Complexity.measure(
      backbone, input: [1, recorded.channels, 224, 224], on: built.device
    ) { _ = backbone($0) }
    #expect(cost.flops == recorded.number("flops"))
    #expect(cost.parameters == recorded.number("trained_parameters"))
  }

  @Test(arguments: RecordedBackbone.all.filter(\.wasRun))
  func evaluatesToTheRecordedFeatures(recorded: RecordedBackbone) throws {
    let built = try BuiltBackbone(recorded)
    built.backbone.setTraining(false)
    let tensors = try Fixtures.tensors("backbones/backbones.safetensors")
    // Off the tape normalisation is folded into convolution; on it, it is not.
    for images in [
      recorded.images(on: built.device), Tape().watch(recorded.images(on: built.device)),
    ] {
      let outputs = built.backbone(images)
      #expect(outputs.map(\.shape) == recorded.shapes)
      for (index, output) in outputs.enumerated() {
        let expected = try tensors.floats("\(recorded.name).float64.eval.\(index)")
        #expect(relativeError(Self.samples(of: output), expected) < 1e-5)
      }
    }
  }

  @Test(arguments: RecordedBackbone.all.filter(\.wasRun))
  func differentiatesAsTheOriginal(recorded: RecordedBackbone) throws {
    let built = try BuiltBackbone(recorded)
    let backbone = built.backbone
    backbone.setTraining(true)
    let tape = Tape()
    let images = tape.watch(recorded.images(on: built.device), needsGradient: true)
    let outputs = backbone(images)
    #expect(outputs.map(\.shape) == recorded.shapes)
    var loss: Tensor?
    for (index, output) in outputs.enumerated() {
      let rounding = try recorded.distance("train.\(index)", Self.samples(of: output))
      #expect(rounding.ours < max(2e-5, 4 * rounding.original))
      let pull = CounterNumbers.signed("pull.\(index)", count: output.shape.count).map(Float.init)
      let weights = Tensor(
        pull, shape: output.shape, layout: .channelsLast, on: built.device)
      let part = (output * weights).sum() / Float(output.shape.count / output.shape[0])
      loss = loss.map { $0 + part } ?? part
    }
    tape.backward(from: try #require(loss))

    let ours = try recorded.gradientErrors(of: backbone.namedParameters())
    #expect(ours.missing.isEmpty)
    #expect(ours.median < 1e-4)
    #expect(ours.worst < 5e-3)
    let image = try recorded.distance(
      "image_gradient", Self.samples(of: try #require(tape.gradient(of: images))))
    #expect(image.ours < 1e-3)
    let statistics = try recorded.distance(
      "statistic_norms",
      backbone.stateEntries().filter { $0.name.contains("running_") }.map {
        Float(norm(of: $0.entry.value))
      })
    #expect(statistics.ours < 1e-5)
  }

  /// Gradients can be compared where no rectifier is so near to its edge that rounding decides.
  @Test(arguments: RecordedBackbone.all.filter(\.wasRun))
  func keepsItsDistanceFromTheEdges(recorded: RecordedBackbone) throws {
    let built = try BuiltBackbone(#require(recorded.facts["config"]))
    let names = Set(built.backbone.stateEntries().map(\.name))
    let moves = try recorded.moves()
    #expect(moves.names.isSubset(of: names))
    guard let edges = try recorded.edges() else {
      #expect(moves.count == 0)
      return
    }
    #expect(edges.margin >= RecordedEdges.leastMargin)
    #expect(edges.elements > 0)
  }

  /// What tracing relies on: the tape tells sums, fused activations and poolings.
  @Test func blocksAreOnTheTapeByMeaning() throws {
    let built = try BuiltBackbone(["type": "ResNetV1d", "depth": 50])
    let tape = Tape()
    _ = built.backbone(
      tape.watch(.zeros([1, 3, 32, 32], layout: .channelsLast, on: built.device)))
    var counts: [String: Int] = [:]
    for node in tape.nodes {
      let name =
        switch node.operation {
        case .batchNorm(_, _, let activation): "norm and \(activation)"
        case .activation(let activation): "\(activation)"
        case .pool(let pooling): pooling.kind == .max ? "maximum" : "mean"
        case .convolution: "convolution"
        case .add: "sum"
        case .input: "input"
        default: "other"
        }
      counts[name, default: 0] += 1
    }
    // Sixteen blocks of three convolutions, four shortcuts (three of them strided), three in the
    // stem.
    #expect(
      counts == [
        "input": 1, "convolution": 55, "norm and relu": 35, "norm and identity": 20, "sum": 16,
        "relu": 16, "maximum": 1, "mean": 3,
      ])
  }

  @Test func newNormalisationsTakeTheirPlaces() throws {
    let built = try BuiltBackbone(["type": "ResNet", "depth": 50], filled: true)
    let backbone = built.backbone
    backbone.setTraining(false)
    let images = CounterNumbers.image("input", shape: [1, 3, 32, 32], on: built.device)
    let before = backbone(images)[0].values
    let context = LayerContext(device: built.device, generator: Generator(seed: 0))
    for (_, module) in backbone.namedModules() {
      for (name, child) in module.children {
        guard let norm = child as? BatchNorm2d else { continue }
        let other = BatchNorm2d(norm.channelCount, in: context)
        for (old, new) in zip(norm.stateEntries(), other.stateEntries())
        where old.entry.value.dtype == .float32 {
          _ = new.entry.value.floats.update(fromContentsOf: old.entry.value.values)
        }
        // Without biases, so that it shows which one is used.
        other.bias?.value.floats.update(repeating: 0)
        other.setTraining(false)
        try module.replaceChild(name, with: other)
      }
    }
    let after = backbone(images)[0].values
    #expect(relativeError(after, before) > 1e-3)
    let taped = backbone(Tape().watch(images))[0]
    #expect(relativeError(taped, after) < 1e-4)
  }

  /// Evenly spaced elements, and the norm.
  static func samples(of tensor: Tensor) -> [Float] {
    let values = tensor.values
    let step = max(values.count / 32, 1)
    let picked = stride(from: 0, to: values.count, by: step).prefix(32).map { values[$0] }
    return picked + [Float(norm(of: tensor))]
  }
}

/// How far gradients are from those of the original's float64 run, in norm and in direction,
/// relative to the norm.
///
private struct GradientErrors {
  /// Parameters that have a gradient in one run only.
  let missing: [String]
  let median: Double
  let worst: Double

  struct Row {
    let name: String
    /// Not a number without a gradient.
    let norm: Double
    let probe: Double
  }

  init(of rows: [Row], from exact: [Row]) {
    precondition(rows.map(\.name) == exact.map(\.name), "other parameters than expected")
    let largest = exact.map(\.norm).filter { !$0.isNaN }.max() ?? 0
    missing = zip(rows, exact).filter { $0.norm.isNaN != $1.norm.isNaN }.map(\.0.name)
    let errors = zip(rows, exact).filter { !$0.norm.isNaN && !$1.norm.isNaN }.flatMap {
      // Biases that the next normalisation cancels have a gradient of nothing but rounding.
      let scale = $1.norm + 1e-4 * largest
      return [abs($0.norm - $1.norm) / scale, abs($0.probe - $1.probe) / scale]
    }.sorted()
    median = errors.isEmpty ? 0 : errors[errors.count / 2]
    worst = errors.last ?? 0
  }
}

extension RecordedBackbone {
  /// The errors of the gradients that `parameters` have.
  fileprivate func gradientErrors(
    of parameters: [(name: String, parameter: Parameter)]
  ) throws -> GradientErrors {
    let tensors = try Fixtures.tensors("backbones/backbones.safetensors")
    let norms = try tensors.values("\(name).float64.gradient_norms")
    let probes = try tensors.values("\(name).float64.gradient_probes")
    precondition(norms.count == parameters.count, "\(norms.count) for \(parameters.count)")
    let exact = parameters.indices.map {
      GradientErrors.Row(name: parameters[$0].name, norm: norms[$0], probe: probes[$0])
    }
    let own = parameters.map { name, parameter in
      let gradient = parameter.gradientTensor
      return GradientErrors.Row(
        name: name, norm: gradient.map { norm(of: $0) } ?? .nan,
        probe: gradient.map { CounterNumbers.probe($0, "probe.\(name)") } ?? .nan)
    }
    return GradientErrors(of: own, from: exact)
  }

  /// How far `values`, and the original's own float32 run, are from its float64 run, relative to
  /// the largest magnitude; infinite where not the same ones are missing.
  func distance(_ key: String, _ values: [Float]) throws -> (ours: Double, original: Double) {
    let tensors = try Fixtures.tensors("backbones/backbones.safetensors")
    let exact = try tensors.floats("\(name).float64.\(key)")
    guard values.map(\.isNaN) == exact.map(\.isNaN) else { return (.infinity, 0) }
    func present(_ values: [Float]) -> [Float] { values.filter { !$0.isNaN } }
    return (
      relativeError(present(values), present(exact)),
      relativeError(present(try tensors.floats("\(name).\(key)")), present(exact))
    )
  }
}
