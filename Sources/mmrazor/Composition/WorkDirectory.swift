internal import Configs
internal import Foundation

/// The folder that a run writes into: the command line's, else the config's, else one named after
/// the config file.
struct WorkDirectory {
  let url: URL

  /// Creates the folder.
  ///
  /// - Throws: `CommandError` when it cannot be created or written to.
  init(option: String?, config: Config, configFile: String) throws {
    let stem = URL(fileURLWithPath: configFile).deletingPathExtension().lastPathComponent
    let path = option ?? config["work_dir"]?.text ?? "./work_dirs/\(stem)"
    url = URL(fileURLWithPath: (path as NSString).expandingTildeInPath)
    text = path
    do {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    } catch {
      throw CommandError.workDirectory(path: path, reason: Self.reason(error))
    }
    guard access(url.path, W_OK | X_OK) == 0 else {
      throw CommandError.workDirectory(path: path, reason: String(cString: strerror(errno)))
    }
  }

  /// The path as it was given.
  let text: String

  func file(_ name: String) -> URL { url.appendingPathComponent(name) }

  private static func reason(_ error: any Error) -> String {
    let system = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
    guard let code = system?.code else { return error.localizedDescription }
    return String(cString: strerror(Int32(code)))
  }
}
