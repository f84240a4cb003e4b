public import Configs

/// Why a search cannot start or go on.
public enum SearchError: Error, Equatable, Sendable {
  /// The algorithm has nothing to choose from.
  case nothingToSearch(path: ConfigPath)
  /// The algorithm has no channels to choose from.
  case nothingToSlim(path: ConfigPath)
  /// Not even the narrowest subnet is as small as is wanted.
  case unreachableTarget(path: ConfigPath, target: Int, least: Int, minChannelBins: Int)
  /// Not even the cheapest subnet keeps the limit.
  case unsatisfiableConstraint(path: ConfigPath, limit: Double, smallest: Int)
  /// The evaluation does not report the number that candidates are compared by.
  case unknownScore(path: ConfigPath, key: String, reported: [String])
  /// The file to resume from belongs to another search space, or is none at all.
  case unusableState(file: String, reason: String)
}

extension SearchError {
  /// The place in the config that it is about; `nil` where it is about another file.
  public var configPath: ConfigPath? {
    switch self {
    case .nothingToSearch(let path), .nothingToSlim(let path),
      .unreachableTarget(let path, _, _, _), .unsatisfiableConstraint(let path, _, _),
      .unknownScore(let path, _, _):
      path
    case .unusableState: nil
    }
  }
}

extension SearchError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .nothingToSearch(let path):
      "\(path): the algorithm has no search space: a mutator and 'retraining=False' are needed"
    case .nothingToSlim(let path):
      "\(path): the algorithm has no channels to search: a pruner and 'retraining=False' are needed"
    case .unreachableTarget(let path, let target, let least, let bins):
      """
      \(path): Cannot find any valid model, check your configurations: none has at most \(target) \
      FLOPs; with min_channel_bins=\(bins) everywhere there are \(least)
      """
    case .unsatisfiableConstraint(let path, let limit, let smallest):
      """
      \(path): no subnet has fewer than \(PythonNumber.text(limit)) FLOPs; \
      the smallest of this search space has \(smallest)
      """
    case .unknownScore(let path, let key, let reported):
      "\(path): the evaluation does not report '\(key)'; it reports "
        + reported.map { "'\($0)'" }.joined(separator: ", ")
    case .unusableState(let file, let reason):
      "\(file): cannot resume the search from it: \(reason)"
    }
  }
}
