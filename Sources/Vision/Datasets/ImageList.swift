internal import Configs

/// The files of a data set with their labels.
struct ImageList: Sendable {
  struct Entry: Sendable {
    /// Relative to the data set's folder.
    let file: String
    let label: Int
  }

  var entries: [Entry] = []

  /// One folder per class, in sorted order; files are found at any depth.
  struct Scan: Sendable {
    var list = ImageList()
    var folders: [String] = []
    /// Folders without a file of a known kind.
    var empty: [String] = []
    /// How many images have an extension that is not asked for, by extension.
    var leftOut: [String: Int] = [:]

    /// Extensions of images that can be read.
    private static let readable = [
      ".jpg", ".jpeg", ".jpe", ".png", ".webp", ".tif", ".tiff", ".bmp", ".dib", ".pbm", ".pgm",
      ".ppm", ".pnm", ".pam",
    ]

    /// - Parameter extensions: lower case, with the dot.
    init(folder: String, extensions: [String]) throws(VisionError) {
      folders = try Folders.subfolders(of: folder)
      for (label, name) in folders.enumerated() {
        let files = try Folders.files(below: Folders.joined(folder, name)).filter { file in
          let lowered = file.lowercased()
          if extensions.contains(where: { lowered.hasSuffix($0) }) { return true }
          if let other = Self.readable.first(where: { lowered.hasSuffix($0) }) {
            leftOut[other, default: 0] += 1
          }
          return false
        }
        if files.isEmpty { empty.append(name) }
        list.entries += files.map { Entry(file: Folders.joined(name, $0), label: label) }
      }
    }
  }

  init() {}

  /// Lines of a file name, a space and a label; the name may contain spaces.
  ///
  /// - Parameters:
  ///   - classCount: what labels must stay below, if it is known.
  ///   - path: the place of the file's name in the config, for messages.
  init(annotationFile file: String, classCount: Int?, path: ConfigPath) throws(VisionError) {
    for (index, line) in try TextFile.lines(of: file).enumerated() {
      let text = line.trimming(while: \.isWhitespace)
      if text.isEmpty { continue }
      guard let space = text.lastIndex(of: " "),
        let label = Int(text[text.index(after: space)...]), label >= 0
      else {
        throw .malformedAnnotation(
          file: file, line: index + 1, text: String(text),
          reason: "expected a file name, a space and a label")
      }
      if let classCount, label >= classCount {
        throw .labelOutOfRange(
          path: path, file: file, line: index + 1, label: label, classes: classCount)
      }
      entries.append(
        Entry(file: String(text[..<space]).trimming(while: \.isWhitespace), label: label))
    }
  }
}

extension StringProtocol {
  /// Without the characters at both ends for which the condition holds.
  fileprivate func trimming(while condition: (Character) -> Bool) -> String {
    let start = drop(while: condition)
    guard let last = start.lastIndex(where: { !condition($0) }) else { return "" }
    return String(start[...last])
  }
}
