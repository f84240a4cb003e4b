/// What keeps a network from being pruned, or a channel config from fitting it.
public enum PruningError: Error, Equatable, Sendable {
  /// Channels flow through an operation whose result cannot be narrowed with them.
  ///
  /// - `path`: the last layer before the operation.
  case unsupportedOperation(operation: String, path: String)
  /// A ratio leaves no channel of a space.
  case noChannels(spaceID: String, ratio: Double, channels: Int)
  /// A file of channels cannot be read, or is not what it should be.
  case unreadableConfig(file: String, reason: String)
  case malformedConfig(file: String?, reason: String)
  /// The config names a layer that the network does not have.
  case unknownConfigLayer(file: String?, path: String, nearest: String?)
  /// The config was made for a layer of other extents: another model's.
  case otherModel(file: String?, path: String, configured: String, found: String)
  /// The config's numbers contradict each other, or what the network allows.
  case inconsistentChannels(file: String?, path: String, what: String, configured: Int, needed: Int)
  /// A checkpoint's masks do not belong to one subnet.
  case inconsistentMasks(path: String, live: Int, needed: Int)
}

extension PruningError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unsupportedOperation(let operation, let path):
      return "the network cannot be pruned: channels of '\(path)' go through '\(operation)', "
        + "which cannot be narrowed"
    case .noChannels(let spaceID, let ratio, let channels):
      return "'\(spaceID)' has \(channels) channels, of which the ratio \(ratio) leaves none"
    case .unreadableConfig(let file, let reason):
      return "\(file): cannot be read: \(reason)"
    case .malformedConfig(let file, let reason):
      return Self.lead(file) + reason
    case .unknownConfigLayer(let file, let path, let nearest):
      return Self.lead(file) + "the network has no layer '\(path)' to prune"
        + (nearest.map { "; did you mean '\($0)'?" } ?? "")
    case .otherModel(let file, let path, let configured, let found):
      return Self.lead(file) + "\(path): made for a layer of \(configured), but the network's is "
        + found
    case .inconsistentChannels(let file, let path, let what, let configured, let needed):
      return Self.lead(file) + "\(path): \(what) is \(configured), but must be \(needed)"
    case .inconsistentMasks(let path, let live, let needed):
      return "the masks do not fit together: '\(path)' has \(live) live channels instead of "
        + "\(needed)"
    }
  }

  private static func lead(_ file: String?) -> String { file.map { "\($0): " } ?? "" }
}
