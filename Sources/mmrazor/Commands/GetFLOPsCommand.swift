internal import Algorithms
internal import ArgumentParser
internal import Configs
internal import NN
internal import Tensors

struct GetFLOPsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "get-flops", abstract: "Get model flops and params.")

  @OptionGroup var options: ConfigOptions

  @OptionGroup var image: ImageShapeOptions

  @Option(
    name: .customLong("size-divisor"),
    help: "pad the image to a multiple of this, -1 means do not pad")
  var sizeDivisor = 32

  func run() throws {
    let loaded = try options.load()
    let algorithm = try inConfig(options.config) {
      try Components.builtIn().algorithm(
        of: loaded.config, task: VisionTask.of(loaded.config, launcher: nil), device: CPU(),
        generator: Generator(seed: 0), drawsWeights: false, teachers: false)
    }
    let asked = (height: image.height, width: image.width)
    let padded = (height: rounded(asked.height), width: rounded(asked.width))
    let complexity = algorithm.complexity(height: padded.height, width: padded.width)
    let rule = String(repeating: "=", count: 30)
    if padded != asked {
      print(
        """
        \(rule)
        Use size divisor set input shape from (3, \(asked.height), \(asked.width)) \
        to (3, \(padded.height), \(padded.width))

        """)
    }
    print(
      """
      \(rule)
      Input shape: (3, \(padded.height), \(padded.width))
      Flops: \(complexity.flopsText)
      Params: \(complexity.parametersText)
      \(rule)
      !!!Please be cautious if you use the results in papers. You may need to check if all ops \
      are supported and verify that the flops computation is correct.
      """)
  }

  private func rounded(_ extent: Int) -> Int {
    sizeDivisor > 0 ? (extent + sizeDivisor - 1) / sizeDivisor * sizeDivisor : extent
  }
}
