/// Text files as lines.
enum TextFile {
  /// The lines without their ends.
  static func lines(of file: String) throws(VisionError) -> [String] {
    var bytes = try FileBytes.read(file)[...]
    let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
    if bytes.starts(with: byteOrderMark) { bytes = bytes.dropFirst(byteOrderMark.count) }
    var lines: [String] = []
    for part in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      let line = part.last == UInt8(ascii: "\r") ? part.dropLast() : part
      guard let text = String(validating: line, as: UTF8.self) else {
        throw .unreadable(file: file, reason: "line \(lines.count + 1) is not UTF-8 text")
      }
      lines.append(text)
    }
    if lines.last == "" { lines.removeLast() }
    return lines
  }
}
