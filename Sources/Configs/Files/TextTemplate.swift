import Glibc

/// Puts the values of `{{ fileDirname }}` and its siblings, and of environment variables
/// written `{{ $NAME:default }}`, into the text of a config file.
///
/// Both work anywhere in the text, comments and keys included, before it is parsed.
struct TextTemplate {
  private let file: ConfigFilePath
  private let predefined: [String: String]

  init(file: ConfigFilePath) {
    let (stem, suffix) = file.stemAndExtension
    self.file = file
    predefined = [
      "fileDirname": file.directory,
      "fileBasename": file.name,
      "fileBasenameNoExtension": stem,
      "fileExtname": suffix,
    ].mapValues { String($0.map { $0 == "\\" ? "/" : $0 }) }
  }

  func expand(_ text: String) throws(ConfigFileError) -> String {
    var scanner = BraceScanner(text)
    while scanner.advanceToBraces() {
      if let replacement = try value(at: scanner) {
        scanner.replace(through: replacement.end, with: replacement.text)
      } else {
        scanner.skip()
      }
    }
    return scanner.result
  }

  private func value(
    at scanner: BraceScanner
  ) throws(ConfigFileError) -> (text: String, end: Int)? {
    var cursor = scanner.inside
    cursor.skipSpaces()
    if let name = cursor.word(), let text = predefined[name] {
      cursor.skipSpaces()
      return cursor.closingBraces().map { (text, $0) }
    }
    cursor = scanner.inside
    let quoted = cursor.skip(UInt8(ascii: "'")) || cursor.skip(UInt8(ascii: "\""))
    cursor.skipSpaces()
    guard cursor.skip(UInt8(ascii: "$")), let name = cursor.word() else { return nil }
    cursor.skipSpaces()
    guard cursor.skip(UInt8(ascii: ":")) else { return nil }
    cursor.skipSpaces()
    guard let (fallback, end) = cursor.unspacedText(quoted: quoted) else { return nil }
    let value = getenv(name).map { String(cString: $0) } ?? fallback
    guard !value.isEmpty else { throw .missingVariable(file: file.text, name: name) }
    return (value, end)
  }
}
