public import NN
public import SearchSpaces
public import Training

/// What a config's `algorithm` builds: an architecture with what searches or compresses it, and
/// the train step that wires them.
public protocol Algorithm: TrainableModel {
  /// Registered as `architecture`, so that checkpoints have upstream's keys.
  var architecture: any Architecture { get }
  /// Whether a found subnet is trained, rather than the supernet.
  var isRetraining: Bool { get }
  /// What the network costs for one image of `[1, C, height, width]`: the deployed subnet, or a
  /// supernet with all its choices.
  func complexity(height: Int, width: Int) -> Complexity
  /// Draws the weights that no checkpoint brings, as upstream's `init_weights`.
  func initializeWeights() throws
}

/// An algorithm whose supernet holds many networks to choose from.
public protocol SearchableAlgorithm: Algorithm {
  /// Samples, changes and sets subnets; `nil` when the config names none.
  var mutator: OneShotMutator? { get }
  /// What one subnet costs at the algorithm's `input_shape`, at table speed.
  func complexity(of subnet: Subnet) -> Complexity
}
