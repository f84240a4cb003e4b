internal import Foundation

/// Lines for the person at the terminal that belong in no log.
enum Message {
  static func warn(_ text: String) {
    FileHandle.standardError.write(Data("mmrazor: warning: \(text)\n".utf8))
  }
}
