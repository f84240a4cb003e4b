public import Foundation

/// Finds files that configs name by path or by URL.
///
/// A URL is looked up by its file name in the cache folder (`$MMRAZOR_CACHE`, by default
/// `~/.cache/mmrazor`), then where PyTorch keeps its downloads, and downloaded to the cache folder
/// when it is in neither, so that a machine without a network works once somebody put the file
/// there.
public struct FileCache: Sendable {
  /// The folder that holds downloaded files.
  public let folder: URL
  /// Further folders to look into, which are not written to.
  public let otherFolders: [URL]

  public init(folder: URL, otherFolders: [URL] = []) {
    self.folder = folder
    self.otherFolders = otherFolders
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
    // As `torch.hub` decides it.
    let base = environment["XDG_CACHE_HOME"] ?? "~/.cache"
    let torch = environment["TORCH_HOME"] ?? "\(base)/torch"
    otherFolders = [
      URL(fileURLWithPath: Self.expandingTilde(torch, environment) + "/hub/checkpoints")
    ]
  }

  /// The local file that `location` stands for: a path, an http(s) URL, or a name of
  /// ``PublishedModels``.
  ///
  /// - Throws: ``RemoteFileError`` when there is no such file, or it cannot be had.
  public func file(at location: String) throws(RemoteFileError) -> URL {
    let location = try PublishedModels.location(of: location)
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
    let places = [cached] + otherFolders.map { $0.appendingPathComponent(remote.lastPathComponent) }
    if let found = places.first(where: { FileManager.default.fileExists(atPath: $0.path) }) {
      return found
    }
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
