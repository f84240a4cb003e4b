import OrderedCollections
import SearchSpaces
import TestKit

/// What the original recorded about one network.
struct SPOSFixture: Decodable {
  struct Cost: Decodable {
    let flops: Int
    let params: Int
  }

  struct Space: Decodable {
    let choiceNames: [String]
  }

  /// FLOPs of one subnet; `choices` is `"all"` for the sum of everything.
  struct SubnetFLOPs: Decodable {
    let choices: [String: String]?
    let flops: Int

    enum CodingKeys: CodingKey { case choices, flops }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      choices = try? container.decode([String: String].self, forKey: .choices)
      flops = try container.decode(Int.self, forKey: .flops)
    }
  }

  /// A state dict entry, `[name, shape]`.
  struct Entry: Decodable, Equatable {
    let name: String
    let shape: [Int]

    init(name: String, shape: [Int]) {
      self.name = name
      self.shape = shape
    }

    init(from decoder: any Decoder) throws {
      var container = try decoder.unkeyedContainer()
      name = try container.decode(String.self)
      shape = try container.decode([Int].self)
    }
  }

  let choices: [String: String]
  let state: [Entry]
  let complexity: Cost
  let spaces: [String: Space]?
  let subnetFlops: [SubnetFLOPs]?

  static func supernet(_ net: SPOSNet) throws -> SPOSFixture {
    try Fixtures.json("spos/\(net.rawValue)_supernet.json")
  }

  static func subnet(_ net: SPOSNet) throws -> SPOSFixture {
    try Fixtures.json("spos/\(net.rawValue)_subnet.json")
  }

  /// The architecture that the fixtures evaluate.
  var subnet: Subnet { Subnet(choices) }
}

extension Subnet {
  init(_ choices: [String: String]) {
    self.init(OrderedDictionary(uniqueKeysWithValues: choices.map { ($0, [$1]) }))
  }
}
