public import Pruning

/// An algorithm whose network holds narrower ones, to be chosen channel by channel.
public protocol SlimmableAlgorithm: Algorithm {
  /// Knows which channels go together, and narrows the network.
  var pruner: RatioPruner { get }
  /// What the network that is set now costs at the algorithm's `input_shape`, at table speed; `nil`
  /// where there is no such shape or the network is a found subnet.
  func subnetFLOPs() -> Int?
}

extension AutoSlim: SlimmableAlgorithm {}
