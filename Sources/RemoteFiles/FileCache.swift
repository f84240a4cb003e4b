public import Foundation

/// Finds files that configs name by path or by URL.
///
/// A URL is looked up by its file name in the cache folder (`$MMRAZOR_CACHE`, by default
/// `~/.cache/mmrazor`) and downloaded there when it is not present, so that a machine without a
/// network works once somebody put the file into that folder.
public struct FileCache: Sendable {
  /// The folder that holds downloaded files.
  public let folder: URL

  public init(folder: URL) {
    self.folder = folder
  }

  /// The cache that the environment asks for.
  public init(environment: [String: String] = ProcessInfo.processInfo.environment) {
    if let path = environment["MMRAZOR_CACHE"], !path.isEmpty {
      folder = URL(fileURLWithPath: Self.expandingTilde(path, environment))
    } else if let base = environment["XDG_CACHE_HOME"], !base.isEmpty {
      folder = URL(fileURLWithPath: base).appendingPathComponent("mmrazor")
    } else {
      folder = URL(fileURLWithPath: Self.expandingTilde("~/.cache/mmrazor", environment))
    }
  }

  /// The local file that `location`, a path or an http(s) URL, stands for.
  ///
  /// - Throws: ``RemoteFileError`` when there is no such file, or it cannot be had.
  public func file(at location: String) throws(RemoteFileError) -> URL {
    guard let remote = Self.remoteURL(location) else {
      let path = Self.expandingTilde(location, ProcessInfo.processInfo.environment)
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
        throw .missing(path: location)
      }
      guard !isFolder.boolValue else { throw .isFolder(path: location) }
      return URL(fileURLWithPath: path)
    }
    let cached = folder.appendingPathComponent(remote.lastPathComponent)
    if FileManager.default.fileExists(atPath: cached.path) { return cached }
    do throws(DownloadFailure) {
      try Download(from: remote, to: cached).run()
    } catch {
      throw .notDownloaded(url: location, place: cached.path, reason: error.reason)
    }
    return cached
  }

  /// The URL that `location` is, if it is one for the network.
  private static func remoteURL(_ location: String) -> URL? {
    guard location.hasPrefix("http://") || location.hasPrefix("https://") else { return nil }
    return URL(string: location)
  }

  private static func expandingTilde(_ path: String, _ environment: [String: String]) -> String {
    guard path == "~" || path.hasPrefix("~/") else { return path }
    return (environment["HOME"] ?? NSHomeDirectory()) + path.dropFirst()
  }
}
