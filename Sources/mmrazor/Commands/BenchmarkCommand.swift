internal import ArgumentParser
internal import Configs
internal import Foundation
internal import Kernels
internal import Tensors

struct BenchmarkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmark",
    abstract: "Time train steps and inference of a config's model on random images.",
    discussion: """
      A train step is forward, backward and optimizer, as in `mmrazor train`; a supernet takes \
      another subnet at each. A search is rounds of greedy search: every candidate of a round is \
      scored on a few batches. The config needs no data set: images and labels are random. Times \
      are medians, of a search the mean per candidate. With --profile, a second round books each operation and compares it with the \
      two roofs of the machine, its peak of arithmetic and of memory traffic.
      """)

  @OptionGroup var options: ConfigOptions

  @Option(help: "images in a batch")
  var batch = 16

  @OptionGroup var image: ImageShapeOptions

  @Option(help: "batches that a candidate of a search is scored on")
  var batches = 2

  @Option(help: "timed repeats of each measurement")
  var repeats = 10

  @Option(help: "repeats before the first that is timed")
  var warmup = 4

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("what to time: train, inference, search", valueName: "phase"))
  var phases: [BenchmarkPhase] = [.train, .inference]

  @Flag(help: "also print time, GFLOP/s and GB/s of each kind of operation")
  var profile = false

  @Option(help: "also write the times to this file, as JSON")
  var out: String?

  @Option(help: "number of threads that compute; default: OMP_NUM_THREADS, else all cores")
  var threads: Int?

  func validate() throws {
    for (name, value, least) in [
      ("batch", batch, 1), ("batches", batches, 1), ("repeats", repeats, 1), ("warmup", warmup, 0),
      ("threads", threads ?? 1, 1),
    ] where value < least {
      throw ValidationError("--\(name) must be at least \(least), found \(value)")
    }
    guard !phases.isEmpty else { throw ValidationError("--phases: nothing to time") }
  }

  func run() throws {
    CPU.restartWithBriefSpinning()
    let loaded = try options.load()
    let setup = BenchmarkSetup(
      batch: batch, height: image.height, width: image.width, warmup: warmup,
      repeats: repeats, batchCount: batches, threads: threads)
    try inConfig(options.config) {
      var results: [BenchmarkResult] = []
      for phase in phases {
        let result = try BenchmarkSession.time(phase, of: loaded.config, setup)
        print(result.text)
        results.append(result)
      }
      if let out { try BenchmarkResult.write(results, to: out) }
      guard profile else { return }
      let precision = results.first?.precision ?? .float32
      let roofs = MachineRoofs.measure(threads: threads, precision: precision)
      print("\n\(roofs.text)")
      for phase in phases {
        let table = try BenchmarkSession.profile(phase, of: loaded.config, setup)
        print("\n" + table.text(roofs: roofs))
      }
    }
  }
}

/// What can be timed.
enum BenchmarkPhase: String, ExpressibleByArgument, CaseIterable {
  case train, inference, search
}
