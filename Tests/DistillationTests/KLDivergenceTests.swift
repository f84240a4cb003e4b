import Configs
import Distillation
import NN
import Tensors
import TestKit
import Testing

@Suite("KLDivergence")
struct KLDivergenceTests {
  let cpu = CPU(threads: 1)

  struct Recorded: Decodable {
    struct Row: Decodable {
      let kind: String
      let shape: [Int]
      let tau: Double
      let reduction: String
      let lossWeight: Double
    }
    let divergences: [Row]
  }

  private func scores(_ name: String, _ shape: [Int]) -> Tensor {
    let values = CounterNumbers.signed(name, count: shape.reduce(1, *)).map { Float(4 * $0) }
    return Tensor(values, shape: Shape(shape), on: cpu)
  }

  @Test func lossesAndGradientsAreTheOriginalOnes() throws {
    let recorded = try Fixtures.tensors("autoslim/autoslim.safetensors")
    let rows = try Fixtures.json("autoslim/autoslim.json", as: Recorded.self).divergences
    for (index, row) in rows.enumerated() {
      let config: Config = [
        "type": "KLDivergence", "tau": .float(row.tau), "reduction": .string(row.reduction),
        "loss_weight": .float(row.lossWeight),
      ]
      let loss = try DistillationLosses.builtIn.build(
        config, path: "loss", scope: .mmcls,
        context: .init(device: cpu, generator: Generator(seed: 0)))
      let tape = Tape()
      let student = tape.watch(scores("student.\(row.kind)", row.shape), needsGradient: true)
      let value = try loss(
        OutputPair(student: student, teacher: scores("teacher.\(row.kind)", row.shape)))
      let count = value.shape.count
      let pull = Tensor(
        count == 1 ? [1] : CounterNumbers.signed("pull", count: count).map { Float($0) },
        shape: value.shape, on: cpu)
      tape.backward(from: (value * pull).sum())
      #expect(relativeError(value, try recorded.floats("divergence.\(index).value")) < 1e-5)
      let gradient = try #require(tape.gradient(of: student))
      #expect(relativeError(gradient, try recorded.floats("divergence.\(index).gradient")) < 1e-5)
    }
  }

  @Test func mistakesNameTheirPlace() {
    func message(_ config: Config) -> String? {
      #expect(throws: ConfigError.self) {
        _ = try DistillationLosses.builtIn.build(
          config, path: "loss", scope: .mmcls,
          context: .init(device: cpu, generator: Generator(seed: 0)))
      }?.description
    }
    #expect(
      message(["type": "KLDivergence", "reduction": "average"])
        == "loss.reduction: expected one of 'none', 'batchmean', 'sum', 'mean', found 'average'")
    #expect(message(["type": "KLDivergence", "tau": 0]) == "loss.tau: must be above 0, found 0.0")
  }
}
