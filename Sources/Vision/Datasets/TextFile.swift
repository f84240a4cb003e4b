/// Text files as lines.
enum TextFile {
  /// The lines without their ends.
  static func lines(of file: String) throws(VisionError) -> [String] {
    let bytes = try FileBytes.read(file)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .unreadable(file: file, reason: "not UTF-8 text")
    }
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      line.last == "\r" ? String(line.dropLast()) : String(line)
    }
    if lines.last == "" { lines.removeLast() }
    return lines
  }
}
