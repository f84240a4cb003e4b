internal import NN
internal import OrderedCollections

/// One decision of a search: the choices of the blocks that share it.
public struct SearchSpace: Hashable, Sendable {
  public let id: String
  /// The names of the choices, the same in all blocks of the space.
  public let choiceNames: [String]

  /// The index of a choice by its name.
  public func index(of choice: String) -> Int? { choiceNames.firstIndex(of: choice) }
}

/// The blocks of a search space, which change together.
struct SpaceBlocks<Block: Mutable> {
  let space: SearchSpace
  private(set) var blocks: [Block]

  /// The spaces of all blocks below `supernet`, in the order its modules have them.
  static func all(of supernet: Module) -> [SpaceBlocks] {
    var spaces: OrderedDictionary<String, SpaceBlocks> = [:]
    supernet.forEachModule { module in
      guard let block = module as? Block else { return }
      if let present = spaces[block.spaceID] {
        precondition(
          present.space.choiceNames == block.choiceNames,
          "space '\(block.spaceID)' has blocks with different choices")
        spaces[block.spaceID]?.blocks.append(block)
      } else {
        spaces[block.spaceID] = SpaceBlocks(
          space: SearchSpace(id: block.spaceID, choiceNames: block.choiceNames), blocks: [block])
      }
    }
    return Array(spaces.values)
  }

  /// The same blocks with nothing but the choices of `names`, for good.
  func keeping(_ names: [String]) -> SpaceBlocks {
    for block in blocks { block.keepOnly(names) }
    return SpaceBlocks(
      space: SearchSpace(id: space.id, choiceNames: space.choiceNames.filter(names.contains)),
      blocks: blocks)
  }
}
