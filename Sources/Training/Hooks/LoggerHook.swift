/// A hook that reports what ``Runner/logBuffer`` averages.
public protocol LoggerHook: Hook {
  /// Whether it empties the buffer's output when done; the last logger does, whatever it was told.
  var resetsOutput: Bool { get set }
}
