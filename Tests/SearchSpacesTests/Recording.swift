import Foundation
import NN
import SearchSpaces
import Tensors
import TestKit
import Zoo

/// The recorded values of one network, as supernet or deployed.
struct Recording {
  struct Steps: Decodable {
    struct Step: Decodable {
      let lr: [Double]
      let loss: Double
      let choices: [String: String]?
    }

    let image: [Int]
    let labels: [[Int]]
    let steps: [Step]
    let lossesFloat64: [Double]
    let edges: RecordedEdges
  }

  /// The moves before each step, whose keys are names of the state dict and so stay as they are.
  private struct Moves: Decodable {
    let moves: [RecordedMoves]
  }

  /// Columns over the optimizer's groups, of one parameter each.
  private struct Groups: Decodable {
    let params: [[String]]
    let weightDecay: [Double]
  }

  let net: SPOSNet
  let isSupernet: Bool
  let steps: Steps
  let moves: [RecordedMoves]
  let tensors: SafetensorsFile
  let chosen: Subnet
  private let stem: String

  init(_ net: SPOSNet, isSupernet: Bool) throws {
    self.net = net
    self.isSupernet = isSupernet
    stem = "spos/\(net.rawValue)_\(isSupernet ? "supernet" : "subnet")"
    steps = try Fixtures.json("\(stem)_steps.json")
    moves = try JSONDecoder().decode(
      Moves.self, from: Fixtures.data("\(stem)_steps.json")
    ).moves
    tensors = try Fixtures.tensors("\(stem).safetensors")
    chosen = try SPOSFixture.subnet(net).subnet
  }

  var imageShape: Shape { Shape(steps.image) }

  /// The network with the fixtures' weights, computing the recorded choices.
  func network() throws -> Supernet {
    let network = try Supernet(net, deploying: isSupernet ? nil : chosen, filled: true)
    if isSupernet { network.mutator.setSubnet(chosen) }
    return network
  }

  /// Each parameter's weight decay in the recorded steps, where the rate of 0.5 replaces whatever
  /// the config's groups have.
  func weightDecays() throws -> [(name: String, decay: Float)] {
    let groups = try Fixtures.json("\(stem)_optimizer.json", as: Groups.self)
    return zip(groups.params, groups.weightDecay).map { ($0[0], $1 == 0 ? 0 : 0.5) }
  }
}

extension Supernet {
  /// The L2 norms of all running statistics, in the order of the state dict.
  var statisticNorms: [Double] {
    model.stateEntries().filter { $0.name.contains("running_") }.map { norm(of: $0.entry.value) }
  }

  /// All `num_batches_tracked`, in the order of the state dict.
  var batchCounts: [Int] {
    model.stateEntries().filter { $0.name.hasSuffix("num_batches_tracked") }.map {
      Int($0.entry.value.storage.pointer.load(as: Int64.self))
    }
  }
}

extension Parameter {
  /// NaN where there is no gradient.
  var gradientNorm: Double {
    switch gradient {
    case .none: .nan
    case .zero: 0
    case .value(let tensor): norm(of: tensor)
    }
  }

  /// The fixtures' probe of the gradient; NaN where there is none.
  func gradientProbe(_ name: String) -> Double {
    switch gradient {
    case .none: .nan
    case .zero: 0
    case .value(let tensor): CounterNumbers.probe(tensor, "probe.\(name)")
    }
  }
}
