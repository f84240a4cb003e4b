internal import Foundation

/// Lines for the person at the terminal that belong in no log.
enum Message {
  static func warn(_ text: String) {
    FileHandle.standardError.write(Data("mmrazor: warning: \(text)\n".utf8))
  }

  /// Tells which objects of a file were not written again.
  static func warn(leftOut objects: [String]) {
    guard !objects.isEmpty else { return }
    warn("left out, for they are no plain data: \(objects.joined(separator: ", "))")
  }

  /// Says what went wrong and ends the process at once, without a word to the parts of it that
  /// still run.
  static func fail(_ text: String) -> Never {
    FileHandle.standardError.write(Data("mmrazor: error: \(text)\n".utf8))
    _exit(1)
  }
}
