internal import Configs
internal import Foundation

/// Where hooks write: the run's folder, or one of the same name elsewhere (`out_dir`).
enum OutputDirectory {
  static func path(_ outDirectory: String?, for runner: Runner) -> String {
    guard let outDirectory, !outDirectory.isEmpty else { return runner.setup.workDirectory }
    let name = (runner.setup.workDirectory as NSString).lastPathComponent
    return join(outDirectory, name)
  }

  static func join(_ directory: String, _ name: String) -> String {
    (directory as NSString).appendingPathComponent(name)
  }

  static func create(_ directory: String) throws(TrainingError) {
    do {
      try FileManager.default.createDirectory(
        atPath: directory, withIntermediateDirectories: true)
    } catch {
      throw .unwritable(path: directory, reason: reason(of: error))
    }
  }

  static func remove(_ path: String) throws(TrainingError) {
    do {
      try FileManager.default.removeItem(atPath: path)
    } catch {
      throw .unwritable(path: path, reason: reason(of: error))
    }
  }

  /// Reads mmcv's `file_client_args`; there is no storage but the disk.
  static func requireDisk(_ reader: inout ConfigReader) throws(ConfigError) {
    guard let arguments: Config = try reader.readIfPresent("file_client_args") else { return }
    let path = reader.path.appending("file_client_args")
    var inner = try ConfigReader(arguments, path: path)
    let backend: String = try inner.read("backend", default: "disk")
    guard backend == "disk" else {
      throw .unknownType(
        path: path.appending("backend"), kind: "storage", name: backend, nearest: "disk")
    }
    try inner.finish()
  }

  /// What the system says, without Foundation's wrapping.
  static func reason(of error: any Error) -> String {
    let error = error as NSError
    if let inner = error.userInfo[NSUnderlyingErrorKey] as? NSError,
      inner.domain == NSPOSIXErrorDomain
    {
      return String(cString: strerror(Int32(inner.code)))
    }
    return error.localizedDescription
  }
}
