#if canImport(Glibc)
  internal import Glibc
#else
  internal import Foundation
#endif

/// Where bytes are written one after another.
protocol ByteSink: ~Copyable {
  mutating func write(_ bytes: UnsafeRawBufferPointer) throws(CheckpointError.Problem)
}

extension ByteSink where Self: ~Copyable {
  mutating func write(_ bytes: [UInt8]) throws(CheckpointError.Problem) {
    var failure: CheckpointError.Problem?
    bytes.withUnsafeBytes { raw in
      do throws(CheckpointError.Problem) {
        try write(raw)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }
}

/// Collects what is written.
struct MemorySink: ByteSink {
  var bytes: [UInt8] = []

  mutating func write(_ bytes: UnsafeRawBufferPointer) {
    self.bytes += bytes
  }
}

/// A file that appears under its name only when it is complete and safe on disk.
///
/// It is written under a temporary name in the same folder, synchronised and renamed; at any
/// moment the name leads to the previous file or to the new one. Without ``commit()`` the
/// temporary file is removed.
public struct AtomicFile: ~Copyable {
  private let path: String
  private let temporaryPath: String
  private var descriptor: Int32
  private var buffer: [UInt8] = []

  private static let bufferBytes = 1 << 16

  /// - Throws: when the folder does not exist or cannot be written to.
  public init(path: String) throws(CheckpointError) {
    self.path = path
    let opened = try naming(path) { () throws(CheckpointError.Problem) in
      try Self.createTemporary(beside: path)
    }
    (temporaryPath, descriptor) = opened
    buffer.reserveCapacity(Self.bufferBytes)
  }

  deinit {
    guard descriptor >= 0 else { return }
    close(descriptor)
    unlink(temporaryPath)
  }

  /// Writes a whole file in one go.
  public static func write(_ bytes: [UInt8], to path: String) throws(CheckpointError) {
    var file = try AtomicFile(path: path)
    try file.append(bytes)
    try file.commit()
  }

  public mutating func append(_ bytes: [UInt8]) throws(CheckpointError) {
    do {
      try write(bytes)
    } catch {
      throw CheckpointError(path: path, problem: error)
    }
  }

  mutating func append(contentsOf block: ByteBlock) throws(CheckpointError) {
    do {
      try write(block.bytes)
    } catch {
      throw CheckpointError(path: path, problem: error)
    }
  }

  /// Makes the file appear under its name.
  public consuming func commit() throws(CheckpointError) {
    do throws(CheckpointError.Problem) {
      try flush()
      guard fsync(descriptor) == 0 else { throw .lastSystemError("write it to disk") }
      let closing = descriptor
      descriptor = -1
      guard close(closing) == 0, rename(temporaryPath, path) == 0 else {
        let problem = CheckpointError.Problem.lastSystemError("put it in place")
        unlink(temporaryPath)
        throw problem
      }
      synchronizeFolder(of: path)
    } catch {
      throw CheckpointError(path: path, problem: error)
    }
  }

  private mutating func flush() throws(CheckpointError.Problem) {
    let pending = buffer
    buffer.removeAll(keepingCapacity: true)
    var failure: CheckpointError.Problem?
    pending.withUnsafeBytes { raw in
      do throws(CheckpointError.Problem) {
        try writeThrough(raw)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }

  private func writeThrough(_ bytes: UnsafeRawBufferPointer) throws(CheckpointError.Problem) {
    var rest = bytes
    while let start = rest.baseAddress, rest.count > 0 {
      let count = Glibc.write(descriptor, start, min(rest.count, 1 << 30))
      if count < 0 {
        if errno == EINTR { continue }
        throw .lastSystemError("write it")
      }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }
}

extension AtomicFile: ByteSink {
  mutating func write(_ bytes: UnsafeRawBufferPointer) throws(CheckpointError.Problem) {
    if buffer.count + bytes.count <= Self.bufferBytes {
      buffer += bytes
      return
    }
    try flush()
    if bytes.count < Self.bufferBytes {
      buffer += bytes
    } else {
      try writeThrough(bytes)
    }
  }
}

// MARK: - Temporary names and links

extension AtomicFile {
  /// Tells this process from an earlier one of the same number: in a container every process may
  /// be number 1.
  private static let token = UInt32.random(in: 1 ... .max)

  /// `.mmrazor-<process>-<token>-<number>.tmp`: tells whether its writer still lives.
  private static func temporaryPath(beside path: String) -> String {
    let number = UInt32.random(in: 0 ... .max)
    return folder(of: path) + "/.mmrazor-\(getpid())-\(token)-\(number).tmp"
  }

  /// Whether nobody is writing the file `name` any more.
  private static func isLeftover(_ name: String) -> Bool {
    let parts = name.split(separator: "-")
    guard name.hasSuffix(".tmp"), parts.count == 4, parts[0] == ".mmrazor",
      let process = pid_t(parts[1])
    else { return false }
    if process == getpid() { return parts[2] != "\(token)" }
    return kill(process, 0) != 0 && errno == ESRCH
  }

  private static func createTemporary(
    beside path: String
  ) throws(CheckpointError.Problem) -> (String, Int32) {
    while true {
      let temporary = temporaryPath(beside: path)
      let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      if descriptor >= 0 { return (temporary, descriptor) }
      guard errno == EEXIST || errno == EINTR else { throw .lastSystemError("write it") }
    }
  }

  /// Points a symbolic link, such as `latest.pth`, at a file of the same folder, in one step.
  public static func link(_ path: String, to target: String) throws(CheckpointError) {
    let temporary = temporaryPath(beside: path)
    guard symlink(target, temporary) == 0 else {
      throw CheckpointError(path: path, problem: .lastSystemError("make the link"))
    }
    guard rename(temporary, path) == 0 else {
      let problem = CheckpointError.Problem.lastSystemError("make the link")
      unlink(temporary)
      throw CheckpointError(path: path, problem: problem)
    }
    synchronizeFolder(of: path)
  }

  /// Writes a file whose name is known only once its content is on disk, such as one named after a
  /// digest.
  ///
  /// - Parameters:
  ///   - folder: where the file is to be.
  ///   - write: is given the path to write to.
  ///   - name: is given the path of the complete file and tells its final path, in `folder`.
  /// - Returns: the final path.
  public static func write(
    in folder: String, _ write: (String) throws -> Void, named name: (String) throws -> String
  ) throws -> String {
    let temporary = temporaryPath(beside: "\(folder)/.")
    defer { unlink(temporary) }
    try write(temporary)
    let path = try name(temporary)
    guard rename(temporary, path) == 0 else {
      throw CheckpointError(path: path, problem: .lastSystemError("put it in place"))
    }
    synchronizeFolder(of: path)
    return path
  }

  /// Removes what writers left behind that were killed before ``commit()``.
  ///
  /// - Returns: the names of the files that were removed.
  @discardableResult
  public static func removeLeftovers(in folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var removed: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
        field.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) {
          String(cString: $0)
        }
      }
      if isLeftover(name), unlink("\(folder)/\(name)") == 0 { removed.append(name) }
    }
    return removed
  }
}

private func folder(of path: String) -> String {
  guard let slash = path.lastIndex(of: "/") else { return "." }
  return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// Makes a rename durable. Some file systems refuse to synchronise folders; the file itself is
/// complete in any case, so that is no failure.
private func synchronizeFolder(of path: String) {
  let descriptor = open(folder(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  guard descriptor >= 0 else { return }
  fsync(descriptor)
  close(descriptor)
}
