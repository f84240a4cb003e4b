#if canImport(Glibc)
  internal import Glibc
#else
  internal import Foundation
#endif

/// Listing of folders, in the order in which Python sorts names.
enum Folders {
  /// `~` at the start of a path stands for the home folder.
  static func expanded(_ path: String) -> String {
    guard path == "~" || path.hasPrefix("~/"), let home = getenv("HOME") else { return path }
    return String(cString: home) + path.dropFirst()
  }

  static func isFolder(_ path: String) -> Bool {
    kind(of: path) == .folder
  }

  static func isFile(_ path: String) -> Bool {
    kind(of: path) == .file
  }

  static func joined(_ folder: String, _ name: String) -> String {
    folder.isEmpty || name.hasPrefix("/")
      ? name : folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
  }

  /// The names of the folders in `folder`; hidden ones are left out.
  static func subfolders(of folder: String) throws(VisionError) -> [String] {
    try entries(of: folder).filter { $0.kind == .folder }.map(\.name).sorted(by: precedes)
  }

  /// The files below `folder` at any depth, as paths relative to it; hidden ones are left out.
  static func files(below folder: String) throws(VisionError) -> [String] {
    var files: [String] = []
    var pending = [""]
    while let current = pending.popLast() {
      for entry in try entries(of: joined(folder, current)) {
        let path = joined(current, entry.name)
        switch entry.kind {
        case .file: files.append(path)
        case .folder: pending.append(path)
        case .other: break
        }
      }
    }
    return files.sorted(by: precedes)
  }

  /// Order by code points.
  static func precedes(_ a: String, _ b: String) -> Bool {
    a.utf8.lexicographicallyPrecedes(b.utf8)
  }

  private enum Kind { case file, folder, other }

  private static func kind(of path: String) -> Kind {
    var status = stat()
    guard stat(FileName.path(path), &status) == 0 else { return .other }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return .file
    case S_IFDIR: return .folder
    default: return .other
    }
  }

  private static func entries(
    of folder: String
  ) throws(VisionError) -> [(name: String, kind: Kind)] {
    guard let handle = opendir(FileName.path(folder)) else {
      throw .unreadable(file: folder, reason: String(cString: strerror(errno)))
    }
    defer { closedir(handle) }
    var entries: [(name: String, kind: Kind)] = []
    while let entry = readdir(handle) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        let size = MemoryLayout.size(ofValue: pointer.pointee)
        return pointer.withMemoryRebound(to: UInt8.self, capacity: size) { start in
          FileName.text(UnsafeBufferPointer(start: start, count: size).prefix { $0 != 0 })
        }
      }
      if name.hasPrefix(".") { continue }
      // The type in the entry saves a call per file, but links must be followed.
      let kind: Kind =
        switch Int(entry.pointee.d_type) {
        case Int(DT_REG): .file
        case Int(DT_DIR): .folder
        default: kind(of: joined(folder, name))
        }
      entries.append((name, kind))
    }
    return entries
  }
}
