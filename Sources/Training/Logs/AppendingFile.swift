#if canImport(Glibc)
  internal import Glibc
#else
  internal import Foundation
#endif

/// A file that grows at its end; closed when let go.
struct AppendingFile: ~Copyable, Sendable {
  let path: String
  private let descriptor: Int32

  /// - Parameter truncates: whether to start with an empty file.
  init(path: String, truncates: Bool = false) throws(TrainingError) {
    self.path = path
    descriptor = open(
      path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | (truncates ? O_TRUNC : 0), 0o644)
    guard descriptor >= 0 else {
      throw .unwritable(path: path, reason: String(cString: strerror(errno)))
    }
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  borrowing func write(_ text: String) throws(TrainingError) {
    guard Self.write(text, to: descriptor) else {
      throw .unwritable(path: path, reason: String(cString: strerror(errno)))
    }
  }

  /// Writes all of the text; `false` on failure, with `errno` set.
  static func write(_ text: String, to descriptor: Int32) -> Bool {
    var text = text
    return text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while !rest.isEmpty {
        #if canImport(Glibc)
          let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
        #else
          let count = Foundation.write(descriptor, rest.baseAddress, rest.count)
        #endif
        if count < 0 {
          if errno == EINTR { continue }
          return false
        }
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
      }
      return true
    }
  }
}
