#if canImport(Glibc)
  internal import Glibc
#else
  internal import Foundation
#endif

/// Whole files as bytes.
enum FileBytes {
  static func read(_ file: String) throws(VisionError) -> [UInt8] {
    let descriptor = open(FileName.path(file), O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(file) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure(file) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw .unreadable(file: file, reason: "not a regular file")
    }
    let size = Int(status.st_size)
    do {
      return try PixelMemory.filled(size) { buffer throws(ImagingFailure) in
        var position = 0
        while position < size {
          let count = Glibc.read(descriptor, buffer.baseAddress! + position, size - position)
          if count < 0, errno == EINTR { continue }
          guard count > 0 else {
            throw ImagingFailure(
              reason: count == 0
                ? "the file shrank while it was read" : String(cString: strerror(errno)))
          }
          position += count
        }
      }
    } catch {
      throw error.isShortage
        ? .noMemory(file: file, reason: error.reason)
        : .unreadable(file: file, reason: error.reason)
    }
  }

  /// Writes to a temporary name and renames, so that no half-written file bears the name.
  static func write(_ bytes: [UInt8], to file: String, durably: Bool = false) throws(VisionError) {
    let temporary = FileName.path("\(file).\(getpid()).tmp")
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw unwritable(file) }
    var position = 0
    let isComplete = bytes.withUnsafeBytes { buffer in
      while position < buffer.count {
        let count = Glibc.write(
          descriptor, buffer.baseAddress! + position, buffer.count - position)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return false }
        position += count
      }
      return !durably || fsync(descriptor) == 0
    }
    guard isComplete, close(descriptor) == 0, rename(temporary, FileName.path(file)) == 0 else {
      let error = unwritable(file)
      unlink(temporary)
      throw error
    }
  }

  private static func failure(_ file: String) -> VisionError {
    .unreadable(file: file, reason: String(cString: strerror(errno)))
  }

  private static func unwritable(_ file: String) -> VisionError {
    .unwritable(file: file, reason: String(cString: strerror(errno)))
  }
}
