public import NN
public import Zoo

/// A part of a supernet that stands for several, of which a subnet has some: a choice block.
public protocol Mutable: Module {
  /// The search space that the block belongs to; blocks that share one are decided together.
  var spaceID: String { get }

  /// The names of the choices, in order.
  var choiceNames: [String] { get }

  /// Removes all choices but those of `names`, for good.
  func keepOnly(_ names: [String])
}

/// The place of a placeholder that a mutable is built for, and the components that it may name.
public struct MutableContext {
  public let spaceID: String
  /// The channels and the stride of the place.
  public let shape: OperationShape
  public let catalogs: SearchSpaceCatalogs
  public let build: BuildContext

  public init(
    spaceID: String, shape: OperationShape, catalogs: SearchSpaceCatalogs, build: BuildContext
  ) {
    self.spaceID = spaceID
    self.shape = shape
    self.catalogs = catalogs
    self.build = build
  }
}
