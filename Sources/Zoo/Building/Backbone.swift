public import NN
public import Tensors

/// Turns images `[N, in, H, W]` into feature maps, one per stage that the config asks for.
public protocol Backbone: Module {
  /// The channels of the images; 3 unless said otherwise.
  var inChannels: Int { get }

  func callAsFunction(_ images: Tensor) -> [Tensor]
}

extension Backbone {
  public var inChannels: Int { 3 }
}
