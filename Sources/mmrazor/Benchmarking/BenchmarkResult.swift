internal import Checkpoints
internal import Configs
internal import Foundation
internal import Kernels

/// One timed repeat of a phase.
struct BenchmarkRepeat {
  var seconds: Double
  /// Of a supernet: the choice of each space, or of a round of a search the live bins of each.
  var subnet: Config?
  /// How many candidates a round of a search scored.
  var candidateCount = 1
}

/// The times of one phase.
struct BenchmarkResult {
  let phase: BenchmarkPhase
  let batch: Int
  /// The number of batches that a candidate is scored on.
  let batchCount: Int
  let threads: Int
  let precision: Precision
  let repeats: [BenchmarkRepeat]
  /// The most that tensors and kernels held.
  let peakBytes: Int

  /// The median time of a repeat, in seconds; of a search, whose rounds differ, what a candidate
  /// takes on average.
  var typicalSeconds: Double {
    if phase == .search {
      return repeats.reduce(0) { $0 + $1.seconds }
        / Double(repeats.reduce(0) { $0 + $1.candidateCount })
    }
    let sorted = repeats.map(\.seconds).sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  var text: String {
    let end = String(
      format: ", peak memory %.2f GB; batch %d, %d threads, %@", Double(peakBytes) / 1e9, batch,
      threads, precision.rawValue)
    let typical = typicalSeconds
    if phase == .search {
      return String(
        format: "greedy search: %.1f ms a candidate of %d batches, %.2f candidates/s",
        1000 * typical, batchCount, 1 / typical) + end
    }
    return String(
      format: "%@: %.1f ms (best %.1f), %.1f images/s",
      phase == .train ? "train step" : "inference", 1000 * typical,
      1000 * (repeats.map(\.seconds).min() ?? 0), Double(batch) / typical) + end
  }

  static func write(_ results: [BenchmarkResult], to path: String) throws {
    let entries = results.map { result -> Config in
      [
        "phase": .string(result.phase.rawValue), "batch": .int(result.batch),
        "threads": .int(result.threads), "precision": .string(result.precision.rawValue),
        "peak_bytes": .int(result.peakBytes),
        "seconds": .list(result.repeats.map { .float($0.seconds) }),
        "typical": .float(result.typicalSeconds),
        "candidates": .list(result.repeats.map { .int($0.candidateCount) }),
        "resident_bytes": .int(ProcessMemory.peakBytes),
        "subnets": .list(result.repeats.compactMap(\.subnet)),
      ]
    }
    try AtomicFile.write(Array((JSONPrinter.print(.list(entries)) + "\n").utf8), to: path)
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
