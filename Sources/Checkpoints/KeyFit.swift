internal import OrderedCollections

/// What has to be done to the keys of a file so that they are a model's.
///
/// Files of one network come with different prefixes: mmrazor's algorithms keep it below
/// `architecture.model.`, data parallel training puts `module.` before everything, and mmcls,
/// mmdet and mmseg write its own names.
public enum KeyFit: Hashable, Sendable {
  case asTheyAre
  case without(prefix: String)
  case below(prefix: String)

  /// Prefixes of a network's own names, the longest first; ``StateDict/unwrapped`` takes those of
  /// wrappers around modules.
  static let wrappers = ["architecture.model.", "architecture."]

  func rename(_ key: String) -> String {
    switch self {
    case .asTheyAre: key
    case .without(let prefix): key.hasPrefix(prefix) ? String(key.dropFirst(prefix.count)) : key
    case .below(let prefix): prefix + key
    }
  }
}

extension KeyFit: CustomStringConvertible {
  public var description: String {
    switch self {
    case .asTheyAre: "the keys of the checkpoint are used as they are"
    case .without(let prefix): "'\(prefix)' is taken off the keys of the checkpoint"
    case .below(let prefix): "'\(prefix)' is put before the keys of the checkpoint"
    }
  }
}

extension StateDict {
  /// The same tensors under the names that a model uses, as far as prefixes tell them apart.
  ///
  /// `module.` and `_orig_mod.` come off in any case, the former as mmcv does it. Beyond that the
  /// keys are changed only if more of them then name an entry of the model.
  public func fitted(
    to names: some Sequence<String>
  ) -> (stateDict: StateDict, fit: KeyFit) {
    let plain = unwrapped
    let wanted = Set(names)
    let count = plain.tensors.count + plain.otherEntries.count
    func matches(_ fit: KeyFit) -> Int {
      plain.tensors.keys.count { wanted.contains(fit.rename($0)) }
        + plain.otherEntries.keys.count { wanted.contains(fit.rename($0)) }
    }
    var (best, bestCount) = (KeyFit.asTheyAre, matches(.asTheyAre))
    for fit in KeyFit.wrappers.flatMap({ [KeyFit.without(prefix: $0), .below(prefix: $0)] }) {
      // Nothing fits better than everything.
      guard bestCount < min(wanted.count, count) else { break }
      let fitting = matches(fit)
      if fitting > bestCount { (best, bestCount) = (fit, fitting) }
    }
    return (best == .asTheyAre ? plain : plain.renamingKeys(best.rename), best)
  }
}
