/// One decision of a search: the blocks that share it and what they can be.
public struct SearchSpace {
  public let id: String
  public let choiceNames: [String]
  /// All blocks with this space id; they have the same choices and change together.
  public internal(set) var blocks: [OneShotOP]

  /// The index of a choice by its name.
  public func index(of choice: String) -> Int? { choiceNames.firstIndex(of: choice) }
}
