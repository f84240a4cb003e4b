import NN
import SearchSpaces
import Tensors
import TestKit
import Testing
import Zoo

@Suite struct ComplexityTests {
  static let image: Shape = [3, 224, 224]

  /// The figures of the literature leave the classifier's linear layer out.
  @Test(arguments: [
    (SPOSNet.shufflenetv2, 332_644_928, 1_024_000, 3_558_952),
    (SPOSNet.mobilenet, 488_408_480, 1_728_000, 5_936_776),
  ])
  func deployedSubnetCosts(
    net: SPOSNet, flops: Int, linear: Int, parameters: Int
  ) throws {
    let fixture = try SPOSFixture.subnet(net)
    let subnet = try Supernet(net, deploying: fixture.subnet)
    let cost = subnet.model.complexity(input: Self.image, on: subnet.device)
    #expect(cost == Complexity(flops: flops + linear, parameters: parameters))
    #expect(cost.flops == fixture.complexity.flops)
    #expect(cost.parameters == fixture.complexity.params)
  }

  @Test(arguments: SPOSNet.allCases)
  func supernetAndItsSubnetsCost(net: SPOSNet) throws {
    let fixture = try SPOSFixture.supernet(net)
    let supernet = try Supernet(net)
    let table = supernet.mutator.measureSubnets(
      of: supernet.model, input: [1, 3, 224, 224], on: supernet.device
    ) { _ = supernet.model.logits(images: $0) }
    for row in fixture.subnetFlops ?? [] {
      guard let choices = row.choices else { continue }
      let subnet = Subnet(choices)
      #expect(table(subnet).flops == row.flops)
    }
    #expect(supernet.mutator.currentSubnet == nil)

    supernet.mutator.selectAll()
    let cost = supernet.model.complexity(input: Self.image, on: supernet.device)
    #expect(cost.flops == fixture.complexity.flops)
    #expect(cost.parameters == fixture.complexity.params)
  }

  @Test(arguments: SPOSNet.allCases)
  func tableAgreesWithTheDeployedSubnet(net: SPOSNet) throws {
    let chosen = try SPOSFixture.subnet(net).subnet
    let supernet = try Supernet(net)
    let table = supernet.mutator.measureSubnets(
      of: supernet.model, input: [1, 3, 64, 64], on: supernet.device
    ) { _ = supernet.model.logits(images: $0) }
    let deployed = try Supernet(net, deploying: chosen)
    #expect(table(chosen) == deployed.model.complexity(input: [3, 64, 64], on: deployed.device))
  }
}
