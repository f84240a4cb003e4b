/// A misfit between a supernet, a mutator and a subnet that a user names.
public enum SearchSpaceError: Error, Equatable, Sendable {
  /// The subnet file cannot be read.
  case unreadableSubnet(file: String, reason: String)
  /// The subnet file does not hold a subnet.
  case malformedSubnet(file: String, reason: String)
  /// The subnet does not decide on a space of the supernet.
  case missingSpace(file: String?, spaceID: String)
  /// The subnet decides on a space that the supernet does not have.
  case unknownSpace(file: String?, spaceID: String, nearest: String?)
  /// The subnet chooses a block that the space does not offer.
  case unknownChoice(
    file: String?, spaceID: String, choice: String, nearest: String?, choices: [String])
  /// The subnet chooses another number of blocks than one.
  case wrongChoiceCount(file: String?, spaceID: String, count: Int)
  /// No group of the `placeholder_mapping` fits a placeholder.
  case unmappedGroup(path: String, group: String, nearest: String?)
  /// A searchable backbone is used without a mutator.
  case placeholderLeft(spaceID: String)
}

extension SearchSpaceError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unreadableSubnet(let file, let reason):
      return "\(file): cannot be read: \(reason)"
    case .malformedSubnet(let file, let reason):
      return "\(file): \(reason)"
    case .missingSpace(let file, let spaceID):
      return
        "\(Self.lead(file))the subnet does not choose anything for the search space '\(spaceID)'"
    case .unknownSpace(let file, let spaceID, let nearest):
      return "\(Self.lead(file))the supernet has no search space '\(spaceID)'"
        + Self.suggestion(nearest)
    case .unknownChoice(let file, let spaceID, let choice, let nearest, let choices):
      let offer = choices.map { "'\($0)'" }.joined(separator: ", ")
      return "\(Self.lead(file))\(spaceID): there is no choice '\(choice)'"
        + Self.suggestion(nearest) + " (choices: \(offer))"
    case .wrongChoiceCount(let file, let spaceID, let count):
      return "\(Self.lead(file))\(spaceID): expected 1 chosen block, found \(count)"
    case .unmappedGroup(let path, let group, let nearest):
      return "\(path): the supernet needs a group '\(group)'" + Self.suggestion(nearest)
    case .placeholderLeft(let spaceID):
      return "the searchable block '\(spaceID)' has no choices: a searchable backbone needs a "
        + "mutator whose placeholder_mapping fills it"
    }
  }

  private static func lead(_ file: String?) -> String {
    file.map { "\($0): " } ?? ""
  }

  private static func suggestion(_ nearest: String?) -> String {
    nearest.map { "; did you mean '\($0)'?" } ?? ""
  }
}
