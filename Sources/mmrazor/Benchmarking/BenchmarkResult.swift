internal import Checkpoints
internal import Configs
internal import Foundation
internal import Kernels
internal import OrderedCollections
internal import SearchSpaces

/// The times of one phase.
struct BenchmarkResult {
  let phase: BenchmarkPhase
  let batch: Int
  let threads: Int
  let precision: Precision
  /// Of each timed repeat.
  let seconds: [Double]
  /// The path of each timed repeat, of a supernet.
  let subnets: [Subnet]
  /// The most that tensors and kernels held.
  let peakBytes: Int

  var median: Double {
    let sorted = seconds.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  var text: String {
    String(
      format:
        "%@: %.1f ms (best %.1f), %.1f images/s, peak memory %.2f GB; batch %d, %d threads, %@",
      phase == .train ? "train step" : "inference", 1000 * median,
      1000 * (seconds.min() ?? 0), Double(batch) / median, Double(peakBytes) / 1e9, batch,
      threads, precision.rawValue)
  }

  static func write(_ results: [BenchmarkResult], to path: String) throws {
    let entries = results.map { result -> Config in
      [
        "phase": .string(result.phase.rawValue), "batch": .int(result.batch),
        "threads": .int(result.threads), "precision": .string(result.precision.rawValue),
        "peak_bytes": .int(result.peakBytes),
        "seconds": .list(result.seconds.map(Config.float)), "median": .float(result.median),
        "resident_bytes": .int(ProcessMemory.peakBytes),
        "subnets": .list(result.subnets.map(\.config)),
      ]
    }
    try AtomicFile.write(Array((JSONPrinter.print(.list(entries)) + "\n").utf8), to: path)
  }
}

extension Subnet {
  /// From space to the one choice.
  fileprivate var config: Config {
    var result: Config = [:]
    for (space, names) in chosen { result[space] = .string(names.first ?? "") }
    return result
  }
}

/// What the system says about this process.
private enum ProcessMemory {
  /// The most physical memory it ever used.
  static var peakBytes: Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss * 1024
  }
}
