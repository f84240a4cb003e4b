public import Zoo

/// The channels that go into and come out of a choice of a block, and its stride.
public struct OperationShape: Hashable, Sendable {
  public let inChannels: Int
  public let outChannels: Int
  public let stride: Int

  public init(inChannels: Int, outChannels: Int, stride: Int = 1) {
    self.inChannels = inChannels
    self.outChannels = outChannels
    self.stride = stride
  }

  /// Whether a residual can be added without a change of shape.
  var keepsShape: Bool { stride == 1 && inChannels == outChannels }
}

/// The place in a network that an operation is built for.
public struct OperationContext {
  public let shape: OperationShape
  public let build: BuildContext

  public init(_ shape: OperationShape, in build: BuildContext) {
    self.shape = shape
    self.build = build
  }
}
