/// Why a file that a config names cannot be had.
public enum RemoteFileError: Error, Equatable, Sendable {
  case missing(path: String)
  case isFolder(path: String)
  /// `place` is where the file would have been kept, and where a user may put it.
  case notDownloaded(url: String, place: String, reason: String)
}

extension RemoteFileError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .missing(let path):
      "\(path): there is no such file"
    case .isFolder(let path):
      "\(path): this is a folder, a file is needed"
    case .notDownloaded(let url, let place, let reason):
      """
      cannot download \(url) (\(reason)); \
      get the file by other means and put it at \(place)
      """
    }
  }
}
