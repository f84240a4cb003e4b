public import OrderedCollections
public import Vision

/// Collects the variables of every iteration, and averages them when a log line is due.
public struct LogBuffer: Sendable {
  /// The averages that the next log line shows, in the order the variables first appeared.
  public private(set) var output: OrderedDictionary<String, MetricEntry.Value> = [:]

  /// Whether ``output`` waits to be logged.
  public private(set) var isReady = false

  /// The number of batches of the evaluation whose metrics are in ``output``.
  public private(set) var evaluatedBatchCount: Int?

  private var histories: OrderedDictionary<String, [Entry]> = [:]

  private struct Entry: Sendable {
    var value: Double
    var weight: Int
  }

  public init() {}

  /// Adds one iteration's variables, each standing for `count` samples.
  public mutating func update(_ variables: [(String, Double)], count: Int = 1) {
    for (name, value) in variables {
      histories[name, default: []].append(Entry(value: value, weight: count))
    }
  }

  /// Averages the newest `window` values of each variable (all of them when 0) into ``output``.
  public mutating func average(window: Int = 0) {
    precondition(window >= 0, "the averaging window must not be negative, got \(window)")
    for (name, history) in histories {
      let newest = window == 0 ? history[...] : history.suffix(window)
      var sum = 0.0
      var weight = 0
      for entry in newest {
        sum += entry.value * Double(entry.weight)
        weight += entry.weight
      }
      output[name] = .scalar(sum / Double(weight))
    }
    isReady = true
  }

  /// Puts the metrics of an evaluation over `batchCount` batches into ``output``.
  public mutating func show(metrics: [MetricEntry], batchCount: Int) {
    evaluatedBatchCount = batchCount
    for metric in metrics { output[metric.name] = metric.value }
    isReady = true
  }

  /// Hands out the batch count of an evaluation, once.
  mutating func takeEvaluatedBatchCount() -> Int? {
    defer { evaluatedBatchCount = nil }
    return evaluatedBatchCount
  }

  /// Forgets what was averaged, keeps what was collected.
  public mutating func clearOutput() {
    output = [:]
    isReady = false
  }

  public mutating func clear() {
    histories = [:]
    clearOutput()
  }
}
