internal import Foundation
public import Logging
internal import Synchronization

/// The log of a run: every message goes to stderr and, if there is one, to the log file, in the
/// form that Python's logging gives it.
///
///     2026-11-23 23:53:01,839 - mmdet - INFO - Distributed training: False
public final class RunLog: Sendable {
  /// Takes messages for both outputs.
  public let logger: Logger

  /// - Parameters:
  ///   - name: the logger's name in every line, the library of the task.
  ///   - file: the log file, which is started anew; `nil` for none.
  ///   - showsOnConsole: whether messages also go to stderr.
  /// - Throws: ``TrainingError/unwritable(path:reason:)``
  public init(
    name: String, file: String? = nil, level: Logger.Level = .info, showsOnConsole: Bool = true
  ) throws(TrainingError) {
    let sink: LogSink
    if let file {
      sink = LogSink(
        file: try AppendingFile(path: file, truncates: true), showsOnConsole: showsOnConsole)
    } else {
      sink = LogSink(file: nil, showsOnConsole: showsOnConsole)
    }
    var logger = Logger(label: name) { _ in RunLogHandler(name: name, sink: sink) }
    logger.logLevel = level
    self.logger = logger
  }
}

/// Formats messages as Python's logging does.
struct RunLogHandler: LogHandler {
  let name: String
  let sink: LogSink
  var metadata: Logger.Metadata = [:]
  var logLevel: Logger.Level = .info

  init(name: String, sink: LogSink) {
    self.name = name
    self.sink = sink
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    sink.write(
      Self.line(time: LocalTime.now, name: name, level: event.level, message: "\(event.message)"))
  }

  static func line(
    time: LocalTime, name: String, level: Logger.Level, message: String
  ) -> String {
    "\(time.logText) - \(name) - \(level.pythonName) - \(message)\n"
  }
}

extension Logger.Level {
  fileprivate var pythonName: String {
    switch self {
    case .trace, .debug: "DEBUG"
    case .info, .notice: "INFO"
    case .warning: "WARNING"
    case .error: "ERROR"
    case .critical: "CRITICAL"
    }
  }

  /// The level that a config's `log_level` names in Python's words.
  public init?(pythonName: String) {
    switch pythonName.uppercased() {
    case "DEBUG", "NOTSET": self = .debug
    case "INFO": self = .info
    case "WARNING", "WARN": self = .warning
    case "ERROR": self = .error
    case "CRITICAL", "FATAL": self = .critical
    default: return nil
    }
  }
}

/// Where log lines end up, one at a time.
final class LogSink: Sendable {
  private let outputs: Mutex<Outputs>

  private struct Outputs: ~Copyable {
    var file: AppendingFile?
    let showsOnConsole: Bool
  }

  init(file: consuming AppendingFile?, showsOnConsole: Bool) {
    outputs = Mutex(Outputs(file: file, showsOnConsole: showsOnConsole))
  }

  func write(_ line: String) {
    outputs.withLock { outputs in
      if outputs.showsOnConsole { _ = AppendingFile.write(line, to: STDERR_FILENO) }
      do throws(TrainingError) {
        try outputs.file?.write(line)
      } catch {
        // A logger cannot throw: say it once, and go on without the file.
        _ = AppendingFile.write("\(error)\n", to: STDERR_FILENO)
        outputs.file = nil
      }
    }
  }
}
