import NN
import SearchSpaces
import Tensors
import TestKit
import Testing
import Zoo

@Suite struct StructureTests {
  @Test(arguments: SPOSNet.allCases)
  func supernetHasTheOriginalStateDict(net: SPOSNet) throws {
    let fixture = try SPOSFixture.supernet(net)
    let supernet = try Supernet(net)
    #expect(supernet.state == fixture.state)
    try Placeholder.checkNone(in: supernet.model)
  }

  @Test(arguments: SPOSNet.allCases)
  func deployedSubnetKeepsTheLevelOfChoices(net: SPOSNet) throws {
    let fixture = try SPOSFixture.subnet(net)
    let subnet = try Supernet(net, deploying: fixture.subnet)
    #expect(subnet.state == fixture.state)
    #expect(subnet.mutator.searchSpaces.allSatisfy { $0.choiceNames.count == 1 })
    #expect(subnet.mutator.currentSubnet == fixture.subnet)
  }

  @Test(arguments: SPOSNet.allCases)
  func searchSpacesAreTheOriginalOnes(net: SPOSNet) throws {
    let fixture = try SPOSFixture.supernet(net)
    let spaces = try Supernet(net).mutator.searchSpaces
    #expect(spaces.map(\.id) == spaces.map(\.id).sorted())
    #expect(Set(spaces.map(\.id)) == Set(fixture.spaces.map { Array($0.keys) } ?? []))
    for space in spaces {
      #expect(space.choiceNames == fixture.spaces?[space.id]?.choiceNames)
    }
  }
}

extension Supernet {
  var state: [SPOSFixture.Entry] {
    model.stateEntries(prefix: Self.prefix).map {
      SPOSFixture.Entry(name: $0.name, shape: $0.entry.value.shape.dimensions)
    }
  }
}
