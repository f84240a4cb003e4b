/// Why a file that a config names cannot be had.
public enum RemoteFileError: Error, Equatable, Sendable {
  case missing(path: String)
  case isFolder(path: String)
  /// `place` is where the file would have been kept, and where a user may put it.
  case notDownloaded(url: String, place: String, reason: String)
  /// A name of published weights that is not in the tables.
  case unknownName(location: String, similar: [String])
  /// A location that begins with `pavi://`, `s3://` and the like.
  case unsupportedScheme(location: String)
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
    case .unknownName(let location, let similar):
      "\(location): no weights are published under this name"
        + (similar.isEmpty ? "" : "; similar names: \(similar.joined(separator: ", "))")
    case .unsupportedScheme(let location):
      "\(location): files cannot be had from there; use a path, http(s)://, torchvision://, "
        + "open-mmlab:// or mmcls://"
    }
  }
}
