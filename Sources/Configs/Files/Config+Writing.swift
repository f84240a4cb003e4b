import Glibc

extension Config {
  /// Writes the config to a file, as Python, JSON or YAML according to the end of its name.
  ///
  /// The file appears under its name only when it is complete: it is written beside it, brought
  /// to the disk and renamed.
  ///
  /// - Throws: ``ConfigFileError/unsupportedType(file:)`` for another ending and
  ///   ``ConfigFileError/unwritable(file:reason:)``.
  public func write(to path: String) throws(ConfigFileError) {
    let path = ConfigFilePath(path)
    let text =
      switch try ConfigFormat(path) {
      case .python: PythonPrinter.print(self)
      case .json: JSONPrinter.print(self)
      case .yaml: YAMLPrinter.print(self)
      }
    // The name by which the next run finds what a killed one left.
    let temporary = "\(path.directory)/.mmrazor-\(getpid())-0-\(UInt32.random(in: 0 ... .max)).tmp"
    guard Self.store(text, in: temporary), rename(temporary, path.text) == 0 else {
      let code = errno
      unlink(temporary)
      throw .unwritable(file: path.text, reason: String(cString: strerror(code)))
    }
  }

  /// Whether the text could be written and brought to the disk; if not, `errno` says why.
  private static func store(_ text: String, in path: String) -> Bool {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { return false }
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else {
        let code = errno
        close(descriptor)
        errno = code
        return false
      }
      rest = rest.dropFirst(count)
    }
    let isSynchronised = fsync(descriptor) == 0
    return close(descriptor) == 0 && isSynchronised
  }
}
