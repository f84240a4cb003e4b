public import NN

/// Turns images `[N, in, H, W]` into feature maps, one per stage that the config asks for.
public protocol Backbone: BranchingLayer {
  /// The channels of the images; 3 unless said otherwise.
  var inChannels: Int { get }
}

extension Backbone {
  public var inChannels: Int { 3 }
}
