internal import OrderedCollections
internal import Vision

/// The contents of one log line, of training or of an evaluation.
struct LogRecord {
  enum Mode: String {
    case train
    case validation = "val"
  }

  /// The rates of the first parameter groups.
  enum Rates {
    case single(Double)
    case named([(String, Double)])
  }

  var mode: Mode
  /// Counted from 1.
  var epoch: Int
  /// Counted from 1; after an evaluation, its number of batches.
  var iteration: Int
  var rates: Rates
  var values: OrderedDictionary<String, MetricEntry.Value>

  /// What a line of training says of the run's progress.
  enum Progress {
    /// `Epoch [4][100/1000]`
    case byEpoch(batchCount: Int)
    /// `Iter [100/100000]`
    case byIteration(count: Int)
  }

  /// The line of the text log.
  ///
  /// - Parameter eta: in seconds; `nil` when iterations were not timed.
  func text(_ progress: Progress, eta: Int?) -> String {
    var line: String
    switch (mode, progress) {
    case (.train, .byEpoch(let count)): line = "Epoch [\(epoch)][\(iteration)/\(count)]\t"
    case (.train, .byIteration(let count)): line = "Iter [\(iteration)/\(count)]\t"
    case (.validation, .byEpoch): line = "Epoch(val) [\(epoch)][\(iteration)]\t"
    case (.validation, .byIteration): line = "Iter(val) [\(iteration)]\t"
    }
    if mode == .train {
      line += ratesText + ", "
      if let eta, let time = scalar("time") {
        line += "eta: \(PythonText.duration(seconds: eta)), "
        line += "time: \(PythonText.fixed(time, digits: 3)), "
        line += "data_time: \(PythonText.fixed(scalar("data_time") ?? 0, digits: 3)), "
      }
    }
    return line
      + values.filter { $0.key != "time" && $0.key != "data_time" }
      .map { "\($0.key): \($0.value.logText)" }.joined(separator: ", ")
  }

  /// The line of the JSON log.
  var json: String {
    var members = [
      (key: "mode", value: JSONText.string(mode.rawValue)), ("epoch", String(epoch)),
      ("iter", String(iteration)),
    ]
    switch rates {
    case .single(let rate): members.append(("lr", JSONText.rounded(rate)))
    case .named(let rates):
      // As upstream, numbers inside a dictionary are not rounded.
      members.append(("lr", JSONText.object(rates.map { ($0.0, JSONText.number($0.1)) })))
    }
    for (name, value) in values {
      switch value {
      case .scalar(let number): members.append((name, JSONText.rounded(number)))
      case .perClass(let numbers):
        members.append((name, JSONText.array(numbers.map(JSONText.number))))
      }
    }
    return JSONText.object(members)
  }

  func scalar(_ name: String) -> Double? {
    guard case .scalar(let number) = values[name] else { return nil }
    return number
  }

  private var ratesText: String {
    switch rates {
    case .single(let rate): "lr: \(PythonText.scientific(rate, digits: 3))"
    case .named(let rates):
      rates.map { "lr_\($0.0): \(PythonText.scientific($0.1, digits: 3))" }
        .joined(separator: " ")
    }
  }
}

extension JSONText {
  /// A number with at most five decimals.
  static func rounded(_ value: Double) -> String {
    number(PythonText.rounded(value, digits: 5))
  }
}

extension MetricEntry.Value {
  fileprivate var logText: String {
    switch self {
    case .scalar(let number): PythonText.fixed(number, digits: 4)
    case .perClass(let numbers):
      "[" + numbers.map { PythonText.fixed($0, digits: 4) }.joined(separator: ", ") + "]"
    }
  }
}
