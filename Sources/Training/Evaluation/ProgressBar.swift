internal import Foundation

/// A line that fills up while tasks are done, as mmcv draws it.
public final class ProgressBar {
  private let write: (String) -> Void
  private let terminalWidth: () -> Int
  private var total = 0
  private var completed = 0
  private var start = ContinuousClock.now

  /// - Parameters:
  ///   - terminalWidth: in characters, asked for each time the line is drawn.
  ///   - write: takes the text to show.
  public init(terminalWidth: @escaping () -> Int, write: @escaping (String) -> Void) {
    self.terminalWidth = terminalWidth
    self.write = write
  }

  /// A bar on stdout; `nil` when stdout is no terminal.
  public static func forTerminal() -> ProgressBar? {
    guard isatty(STDOUT_FILENO) == 1 else { return nil }
    return ProgressBar(terminalWidth: Terminal.width) { text in
      FileHandle.standardOutput.write(Data(text.utf8))
    }
  }

  public func start(total: Int) {
    self.total = total
    completed = 0
    start = .now
    write("[\(String(repeating: " ", count: 50))] 0/\(total), elapsed: 0s, ETA:")
  }

  public func advance(by count: Int) {
    completed += count
    let elapsed = (ContinuousClock.now - start) / .seconds(1)
    write(
      Self.line(
        completed: completed, total: total, elapsed: elapsed, terminalWidth: terminalWidth()))
  }

  public func finish() {
    write("\n")
  }

  /// The line with its leading carriage return.
  ///
  /// - Parameter elapsed: in seconds.
  static func line(completed: Int, total: Int, elapsed: Double, terminalWidth: Int) -> String {
    let fraction = Double(completed) / Double(total)
    let rate = elapsed > 0 ? Double(completed) / elapsed : .infinity
    let rest = Int(elapsed * (1 - fraction) / fraction + 0.5)
    let eta = String(rest)
    let tail =
      "] \(completed)/\(total), \(PythonText.fixed(rate, digits: 1)) task/s, "
      + "elapsed: \(Int(elapsed + 0.5))s, "
      + "ETA: \(String(repeating: " ", count: max(0, 5 - eta.count)))\(eta)s"
    // mmcv counts its placeholder `{}` and the carriage return with the message.
    let messageLength = tail.count + 4
    let width = max(
      2, min(50, terminalWidth - messageLength + 2, Int(Double(terminalWidth) * 0.6)))
    let marks = Int(Double(width) * fraction)
    return "\r[" + String(repeating: ">", count: marks)
      + String(repeating: " ", count: width - marks) + tail
  }
}

/// The terminal that stdout may be.
enum Terminal {
  /// Its width in characters; 80 when unknown.
  static func width() -> Int {
    if let text = ProcessInfo.processInfo.environment["COLUMNS"], let columns = Int(text),
      columns > 0
    {
      return columns
    }
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }
}
