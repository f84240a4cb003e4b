public import NN
public import Tensors
public import Zoo

/// Turns a network with placeholders into a supernet, and the supernet into one of its subnets.
///
/// An algorithm registers it as `mutator`: parameters of the search (upstream's `arch_params`) are
/// the mutator's.
public protocol Mutator: Module {
  /// Puts mutables into the places of the placeholders, and finds the search spaces.
  ///
  /// - Throws: ``SearchSpaceError/unmappedGroup(path:group:nearest:)``, and what building the
  ///   mutables throws.
  func prepare(_ supernet: Module, in context: MutatorContext) throws

  /// Removes every choice that `subnet` does not have, for good.
  ///
  /// - Parameter file: the file that the subnet comes from, for messages.
  func deploySubnet(_ subnet: Subnet, file: String?) throws(SearchSpaceError)
}

/// A mutator of a supernet that computes one subnet at a time: searchers draw, vary and set them.
public protocol SubnetMutator: Mutator {
  /// The decisions of the supernet, in the order its modules have them.
  var searchSpaces: [SearchSpace] { get }

  /// The subnet that the supernet computes now; `nil` before any was set.
  var currentSubnet: Subnet? { get }

  /// Draws each choice uniformly.
  func sampleSubnet(_ generator: inout Generator) -> Subnet

  /// Draws each space of `subnet` anew with `probability`.
  func mutate(
    _ subnet: Subnet, probability: Double, _ generator: inout Generator
  ) -> Subnet

  /// Takes each space from the one or the other subnet with equal probability.
  func crossOver(_ a: Subnet, _ b: Subnet, _ generator: inout Generator) -> Subnet

  /// Makes the supernet compute `subnet`, which must fit the search spaces; see
  /// ``check(_:file:)``.
  func setSubnet(_ subnet: Subnet)

  /// Makes every block the sum of its choices, as the original's supernet is before any subnet is
  /// set. Only counting the cost of a supernet needs this.
  func selectAll()

  /// Makes every block compute its first choice, as right after ``Mutator/prepare(_:in:)``.
  func clearSubnet()

  /// Checks that `subnet` decides on exactly the spaces of the supernet, among their choices.
  ///
  /// - Parameter file: the file that the subnet comes from, for messages.
  func check(_ subnet: Subnet, file: String?) throws(SearchSpaceError)

  /// The subnet as the original stores it in search checkpoints: for each space a number for each
  /// choice, 1 for the chosen one.
  func masks(of subnet: Subnet) -> [(spaceID: String, mask: [Float])]

  /// The subnet that masks stand for; `nil` when they do not fit the search spaces.
  func subnet(fromMasks masks: [(spaceID: String, mask: [Float])]) -> Subnet?

  /// Measures the costs of all subnets; see ``SubnetComplexity``.
  ///
  /// - Parameters:
  ///   - input: the shape of an image, `[1, C, H, W]`.
  ///   - forward: runs `supernet`.
  func measureSubnets(
    of supernet: Module, input: Shape, on device: any Device, forward: (Tensor) -> Void
  ) -> SubnetComplexity
}

extension Mutator {
  public func deploySubnet(_ subnet: Subnet) throws(SearchSpaceError) {
    try deploySubnet(subnet, file: nil)
  }
}

extension SubnetMutator {
  /// Draws each space of `subnet` anew with upstream's probability of 0.1.
  public func mutate(_ subnet: Subnet, _ generator: inout Generator) -> Subnet {
    mutate(subnet, probability: 0.1, &generator)
  }

  public func check(_ subnet: Subnet) throws(SearchSpaceError) {
    try check(subnet, file: nil)
  }
}

/// The surroundings in which a mutator prepares a supernet: the models' context, the components that a
/// `placeholder_mapping` may name, and the receiver of warnings.
public struct MutatorContext {
  public let build: BuildContext
  public let catalogs: SearchSpaceCatalogs
  let warn: (String) -> Void

  public init(
    _ build: BuildContext, catalogs: SearchSpaceCatalogs = .builtIn,
    warn: @escaping (String) -> Void = { _ in }
  ) {
    self.build = build
    self.catalogs = catalogs
    self.warn = warn
  }
}
