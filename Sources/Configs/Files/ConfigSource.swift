import Glibc

/// The text of one config file, ready to be parsed or evaluated.
public struct ConfigSource: Sendable {
  /// The absolute path of the file.
  public let file: String
  /// The text as it stands in the file, with `\n` line ends.
  public let original: String
  /// The text after predefined and environment variables were put in.
  public let text: String

  public init(file: String, original: String, text: String) {
    self.file = file
    self.original = original
    self.text = text
  }

  /// The line `number` (from 1) of the file, for messages.
  public func line(_ number: Int?) -> String? {
    guard let number, number >= 1 else { return nil }
    let lines = original.split(
      separator: "\n", maxSplits: number, omittingEmptySubsequences: false)
    return lines.indices.contains(number - 1) ? String(lines[number - 1]) : nil
  }
}

extension ConfigSource {
  /// Reads a file and puts in its predefined and environment variables.
  init(reading path: ConfigFilePath, includedFrom includer: String?) throws(ConfigFileError) {
    let bytes = try Self.contents(of: path, includedFrom: includer)
    guard var original = String(validating: bytes, as: UTF8.self) else {
      throw .unreadable(file: path.text, reason: Self.describeInvalidText(bytes))
    }
    if original.unicodeScalars.first == "\u{FEFF}" {
      original.unicodeScalars.removeFirst()
    }
    original = original.withUnixLineEnds
    self.init(
      file: path.text, original: original,
      text: try TextTemplate(file: path).expand(original))
  }

  private static func contents(
    of path: ConfigFilePath, includedFrom includer: String?
  ) throws(ConfigFileError) -> [UInt8] {
    let descriptor = open(path.text, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      let code = errno
      if code == ENOENT || code == ENOTDIR {
        throw .notFound(file: path.text, includedFrom: includer)
      }
      throw .unreadable(file: path.text, reason: String(cString: strerror(code)))
    }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    let chunk = 1 << 16
    while true {
      let start = bytes.count
      bytes.append(contentsOf: repeatElement(0, count: chunk))
      let count = bytes.withUnsafeMutableBytes { buffer in
        buffer.baseAddress.map { read(descriptor, $0 + start, chunk) } ?? 0
      }
      guard count >= 0 else {
        if errno == EINTR {
          bytes.removeLast(chunk)
          continue
        }
        throw .unreadable(file: path.text, reason: String(cString: strerror(errno)))
      }
      bytes.removeLast(chunk - count)
      if count == 0 { return bytes }
    }
  }

  private static func describeInvalidText(_ bytes: [UInt8]) -> String {
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let bad = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil }
    return "the text is not valid UTF-8" + (bad.map { " (line \($0 + 1))" } ?? "")
  }
}

extension String {
  /// The text with `\r\n` and lone `\r` turned into `\n`, as Python reads text files.
  var withUnixLineEnds: String {
    guard utf8.contains(UInt8(ascii: "\r")) else { return self }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(utf8.count)
    var afterReturn = false
    for byte in utf8 {
      if byte == UInt8(ascii: "\n"), afterReturn {
        afterReturn = false
        continue
      }
      afterReturn = byte == UInt8(ascii: "\r")
      bytes.append(afterReturn ? UInt8(ascii: "\n") : byte)
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
