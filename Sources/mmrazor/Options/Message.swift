internal import Foundation

/// Lines for the person at the terminal that belong in no log.
enum Message {
  static func warn(_ text: String) {
    FileHandle.standardError.write(Data("mmrazor: warning: \(text)\n".utf8))
  }

  /// Says what went wrong and ends the process at once, without a word to the parts of it that
  /// still run.
  static func fail(_ text: String) -> Never {
    FileHandle.standardError.write(Data("mmrazor: error: \(text)\n".utf8))
    _exit(1)
  }
}
