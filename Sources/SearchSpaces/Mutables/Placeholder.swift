public import Configs
public import NN
public import Tensors

/// The place of a block that a mutator decides on.
///
/// A searchable backbone fills its stages with placeholders; ``OneShotMutator/prepare(_:in:)`` puts
/// the choices of the placeholder's group there.
public final class Placeholder: Module, Layer {
  /// The key of `placeholder_mapping` that tells the choices.
  public let group: String
  /// The search space the block belongs to; blocks that share one are decided together.
  public let spaceID: String
  /// The fields that every choice of this place is built with, over its own config.
  public let choiceArguments: Config

  public init(group: String, spaceID: String, choiceArguments: Config) {
    self.group = group
    self.spaceID = spaceID
    self.choiceArguments = choiceArguments
    super.init()
  }

  /// A placeholder computes nothing: see ``checkNone(in:)``.
  public func forward(_ input: Tensor) -> Tensor {
    preconditionFailure("the placeholder of space '\(spaceID)' was not replaced by a mutator")
  }

  /// Checks that a mutator has replaced every placeholder below `module`.
  ///
  /// - Throws: ``SearchSpaceError/placeholderLeft(spaceID:)``.
  public static func checkNone(in module: Module) throws(SearchSpaceError) {
    for (_, part) in module.namedModules() {
      if let placeholder = part as? Placeholder {
        throw .placeholderLeft(spaceID: placeholder.spaceID)
      }
    }
  }
}
