internal import Algorithms
internal import ArgumentParser
internal import Checkpoints
internal import Configs
internal import NN
internal import OrderedCollections
internal import Tensors
internal import Training

struct ForwardCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "forward",
    abstract: "Run one pass of a config's model and write its outputs.",
    discussion: """
      The pass is in evaluation mode. The file holds the outputs of the named modules (MODULE, or \
      MODULE.CALL.OUTPUT where there are several) and those of the head: for comparison with \
      another implementation.
      """)

  @OptionGroup var options: ConfigOptions
  @OptionGroup var taskOptions: TaskOptions

  @Argument(help: "checkpoint file; without one the weights are random")
  var checkpoint: String?

  @Option(
    help: ArgumentHelp(
      "the images: a .npy file of shape (N, C, H, W) or (C, H, W), or an image, which goes through "
        + "the pipeline of data.test", valueName: "file"))
  var input: String

  @Option(help: ArgumentHelp("file to write, in the safetensors format", valueName: "file"))
  var out: String

  @Option(
    help: ArgumentHelp(
      "modules whose outputs are written, separated by commas; see describe --modules",
      valueName: "paths"))
  var modules: String?

  func run() throws {
    let loaded = try options.load()
    try inConfig(options.config) {
      let (task, components) = try taskOptions.open(loaded.config)
      let device = CPU()
      let logger = try RunLog(name: task.loggerName).logger
      let algorithm = try components.algorithm(
        of: loaded.config.withAlgorithm(for: task), task: task, device: device,
        generator: Generator(seed: 0), drawsWeights: checkpoint == nil, teachers: false)
      if let checkpoint {
        try loadCheckpoint(
          WeightFiles.path(ofArgument: checkpoint), into: algorithm, requiring: .everyEntry,
          logger: logger, adapting: \.withoutDistiller)
      }
      let architecture = algorithm.architecture
      let images =
        input.hasSuffix(".npy")
        ? try arrayImages(channels: architecture.inChannels, on: device)
        : try InputImage(
          input, config: loaded.config, components: components, task: task, on: device
        ).tensor
      guard images.shape[1] == architecture.inChannels else {
        throw CommandError.unreadable(
          file: input,
          reason: "it has \(images.shape[1]) channels, and the network takes images of "
            + "\(architecture.inChannels)")
      }
      let outputs = try outputs(of: architecture, images)
      try Safetensors.write(
        outputs.mapValues { StoredTensor($0) }, facts: ["format": "pt"], to: out)
      print("wrote \(outputs.count) tensors to \(out)")
      for (name, tensor) in outputs { print("  \(name): \(tensor.shape.dimensions)") }
    }
  }

  /// The images of a `.npy` file.
  private func arrayImages(
    channels: Int, on device: any Device
  ) throws(CommandError) -> Tensor {
    let array = try NpyFile(contentsOf: input)
    let shape = array.shape.count == 3 ? [1] + array.shape : array.shape
    guard shape.count == 4, shape[1] == channels, !shape.contains(0) else {
      throw .unreadable(
        file: input,
        reason: "its array has the shape \(array.shape), but the network takes images "
          + "(N, \(channels), H, W)")
    }
    let pixels = shape[2] * shape[3]
    var stored = array.values
    for image in 0..<shape[0] {
      for channel in 0..<channels {
        for pixel in 0..<pixels {
          stored[(image * pixels + pixel) * channels + channel] =
            array.values[(image * channels + channel) * pixels + pixel]
        }
      }
    }
    return Tensor(channelsLast: stored, shape: Shape(shape), on: device)
  }

  private func outputs(
    of architecture: any Architecture, _ images: Tensor
  ) throws -> OrderedDictionary<String, Tensor> {
    let all = architecture.model.namedModules()
    let paths = (modules ?? "").split(separator: ",").map(String.init)
    var calls: [String: [[Tensor]]] = [:]
    let observed = try paths.map { path in
      guard let entry = all.first(where: { $0.path == path }) else {
        throw CommandError.unknownModule(
          path: path, nearest: NearestName.of(path, among: all.dropFirst().map(\.path)))
      }
      return entry.module.observe { calls[path, default: []].append($0.outputs) }
    }
    let result = architecture.model.evaluating { architecture.outputs(images) }
    for observation in observed { observation.cancel() }
    var outputs: OrderedDictionary<String, Tensor> = [:]
    for (name, tensor) in result { outputs[name] = tensor }
    for path in paths {
      guard let calls = calls[path] else { throw CommandError.silentModule(path: path) }
      for (call, tensors) in calls.enumerated() {
        for (index, tensor) in tensors.enumerated() {
          let isOnly = calls.count == 1 && tensors.count == 1
          outputs[isOnly ? path : "\(path).\(call).\(index)"] = tensor
        }
      }
    }
    return outputs
  }
}
