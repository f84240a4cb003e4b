public import NN
public import Pruning
public import SearchSpaces
public import Training

/// An architecture with the parts that search or compress it, and the train step that wires them:
/// the product of a config's `algorithm`.
public protocol Algorithm: TrainableModel {
  /// Registered as `architecture`, so that checkpoints have upstream's keys.
  var architecture: any Architecture { get }
  /// Whether a found subnet is trained, rather than the supernet.
  var isRetraining: Bool { get }
  /// The networks that the student learns from.
  var teachers: [any Architecture] { get }
  /// The choice blocks among which a searcher finds subnets; `nil` where there are none.
  var blockSearch: BlockSearch? { get }
  /// The channels among which a searcher finds subnets; `nil` where none can be narrowed.
  var channelSearch: ChannelSearch? { get }
  /// The cost of the network for one image of `[1, C, height, width]`: of the deployed subnet, or
  /// of a supernet with all its choices.
  func complexity(height: Int, width: Int) -> Complexity
  /// Draws the weights that no checkpoint brings, as upstream's `init_weights`.
  func initializeWeights() throws
}

extension Algorithm {
  public var teachers: [any Architecture] { [] }
  public var blockSearch: BlockSearch? { nil }
  public var channelSearch: ChannelSearch? { nil }
}

/// A supernet of choice blocks, as searchers and commands see it.
public struct BlockSearch {
  /// Draws, varies and sets subnets.
  public let mutator: any SubnetMutator
  private let cost: (Subnet) -> Complexity

  /// - Parameter cost: the cost of a subnet that fits the search spaces, at table speed.
  public init(mutator: any SubnetMutator, cost: @escaping (Subnet) -> Complexity) {
    self.mutator = mutator
    self.cost = cost
  }

  /// The cost of one subnet at the algorithm's `input_shape`.
  public func complexity(of subnet: Subnet) -> Complexity { cost(subnet) }
}

/// A network whose channels can be narrowed, as searchers and commands see it.
public struct ChannelSearch {
  /// Knows which channels go together, and narrows the network.
  public let pruner: any Pruner
  /// The subnets that are trained together; empty for the network at all widths.
  public let subnets: [ChannelSubnet]
  private let cost: () -> Int?

  /// - Parameter cost: the cost of the network as it is narrowed now, at table speed.
  public init(
    pruner: any Pruner, subnets: [ChannelSubnet] = [], cost: @escaping () -> Int?
  ) {
    self.pruner = pruner
    self.subnets = subnets
    self.cost = cost
  }

  /// The cost of the subnet that is set now, at the algorithm's `input_shape`; `nil` where the
  /// config has no such shape, or the network is a found subnet.
  public func subnetFLOPs() -> Int? { cost() }
}
