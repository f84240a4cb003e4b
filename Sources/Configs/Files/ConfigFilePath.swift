import Glibc

/// An absolute path to a config file, taken apart as Python's `os.path` does.
struct ConfigFilePath: Hashable, CustomStringConvertible {
  /// The normalised path: no `.`, `..` or doubled separators; links are not followed.
  let text: String

  /// - Parameters:
  ///   - path: absolute, relative, or beginning with `~`.
  ///   - directory: what a relative path is relative to; the working directory without one.
  init(_ path: String, relativeTo directory: String? = nil) {
    var path = path
    if path.hasPrefix("/") == false, let directory {
      path = directory + "/" + path
    }
    path = Self.expandingHome(path)
    if !path.hasPrefix("/") {
      path = Self.workingDirectory + "/" + path
    }
    text = Self.normalised(path)
  }

  var description: String { text }

  var directory: String {
    let parent = text[..<(text.utf8.lastIndex(of: UInt8(ascii: "/")) ?? text.startIndex)]
    return parent.isEmpty ? "/" : String(parent)
  }

  var name: String {
    guard let slash = text.utf8.lastIndex(of: UInt8(ascii: "/")) else { return text }
    return String(text[text.utf8.index(after: slash)...])
  }

  /// The name up to its last dot, and the rest with the dot. Leading dots belong to the stem.
  var stemAndExtension: (stem: String, suffix: String) {
    let name = name
    guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")),
      name[..<dot].utf8.contains(where: { $0 != UInt8(ascii: ".") })
    else { return (name, "") }
    return (String(name[..<dot]), String(name[dot...]))
  }

  private static var workingDirectory: String {
    guard let buffer = getcwd(nil, 0) else { return "/" }
    defer { free(buffer) }
    return String(cString: buffer)
  }

  private static func expandingHome(_ path: String) -> String {
    guard path.hasPrefix("~") else { return path }
    let end = path.utf8.firstIndex(of: UInt8(ascii: "/")) ?? path.endIndex
    let user = path[..<end].dropFirst()
    let home: String?
    if user.isEmpty, let value = getenv("HOME") {
      home = String(cString: value)
    } else {
      let entry = user.isEmpty ? getpwuid(getuid()) : getpwnam(String(user))
      home = entry.map { String(cString: $0.pointee.pw_dir) }
    }
    return home.map { $0 + path[end...] } ?? path
  }

  private static func normalised(_ path: String) -> String {
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part == ".." {
        _ = parts.popLast()
      } else {
        parts.append(part)
      }
    }
    return "/" + parts.joined(separator: "/")
  }
}
