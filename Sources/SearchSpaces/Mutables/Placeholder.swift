public import NN
public import Tensors

/// The place of a block that a mutator decides on.
///
/// A searchable backbone fills its stages with placeholders; ``Mutator/prepare(_:in:)`` puts the
/// mutable of the placeholder's group there.
public final class Placeholder: Module, Layer {
  /// The key of `placeholder_mapping` that describes the mutable.
  public let group: String
  /// The search space the block belongs to; blocks that share one are decided together.
  public let spaceID: String
  /// The channels and the stride of every choice at this place.
  public let shape: OperationShape

  public init(group: String, spaceID: String, shape: OperationShape) {
    self.group = group
    self.spaceID = spaceID
    self.shape = shape
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
