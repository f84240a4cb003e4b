internal import Algorithms
internal import ArgumentParser
internal import Configs
internal import Tensors

struct DescribeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "describe",
    abstract: "Tell what a config's algorithm can choose from.",
    discussion: """
      Of a slimmable network, the groups of channels that are narrowed together: how many there \
      are, which layers make them and which read them; of a supernet of blocks, the search spaces \
      with their choices; of any other network, its modules with what they cost.
      """)

  @OptionGroup var options: ConfigOptions

  @OptionGroup var image: ImageShapeOptions

  @Flag(
    help: "list the paths of all modules with the shapes of their outputs, teachers' beside them")
  var modules = false

  func run() throws {
    let loaded = try options.load()
    let device = CPU()
    let algorithm = try inConfig(options.config) {
      let task = try VisionTask.of(loaded.config, launcher: nil)
      return try Components.builtIn().algorithm(
        of: loaded.config.withAlgorithm(for: task), task: task, device: device,
        generator: Generator(seed: 0), drawsWeights: false)
    }
    guard !modules else {
      print(
        ModuleTable(
          student: algorithm.architecture, teachers: algorithm.teachers,
          height: image.height, width: image.width, on: device
        ).text)
      return
    }
    print(
      AlgorithmDescription(
        algorithm, on: device, height: image.height, width: image.width
      ).text)
  }
}
