import Distillation
import NN
import Tensors
import TestKit
import Testing

@Suite("SelfDistiller")
struct SelfDistillerTests {
  let context = LayerContext(device: CPU(threads: 1), generator: Generator(seed: 1))

  private func component(
    _ student: String, _ teacher: String
  ) -> DistillationComponent {
    DistillationComponent(
      studentModule: student, teacherModule: teacher, losses: [("loss_kd", KLDivergence())])
  }

  private func distiller(
    _ student: String, _ teacher: String, for net: Module
  ) throws -> any Distiller {
    let distiller = SelfDistiller([component(student, teacher)])
    try distiller.prepare(net)
    return distiller
  }

  @Test func comparesWhatModulesGaveCallByCall() throws {
    let layers = (0..<2).map { _ in Linear(3, 3, in: context) }
    let net = Sequential([layers[0], layers[1], layers[1]])
    let distiller = try self.distiller("1", "1", for: net)
    let (a, b) = (
      Tensor([1, 2, 3], shape: [1, 3], on: context.device),
      Tensor([3, 0, 1], shape: [1, 3], on: context.device)
    )
    let output = distiller.teaching { net(a) }
    #expect(output.shape == [1, 3])
    let same = try distiller.learning([]) { _ = net(a) }
    // The layer is registered under two names, and called twice.
    #expect(same.map(\.name) == ["loss_kd.0", "loss_kd.1"])
    #expect(same.allSatisfy { abs($0.value.scalar) < 1e-6 })
    let other = try distiller.learning([]) { _ = net(b) }
    #expect(other.allSatisfy { $0.value.scalar > 0 })
    #expect(net.namedModules().allSatisfy { !$0.module.isIntercepted })
  }

  @Test func fusedBlocksShowTheirPartsToo() throws {
    let block = ConvModule(
      3, 4, kernel: 3, padding: 1, style: LayerStyle(norm: .batch, activation: .relu),
      in: context)
    block.setTraining(false)
    let image = CounterNumbers.image("input", shape: [1, 3, 4, 4], on: context.device)
    let fused = block(image)
    let recorder = try OutputRecorder(["conv", "bn", "activate"], of: block, role: "student")
    let output = recorder.recording { block(image) }
    #expect(relativeError(output, fused.values) < 1e-5)
    #expect(try recorder.outputs(of: "conv").count == 1)
    #expect(try recorder.outputs(of: "bn")[0].values.contains { $0 < 0 })
    #expect(try recorder.outputs(of: "activate")[0].values == output.values)
  }

  @Test func missingModulesAndOutputsAreNamed() throws {
    let net = Sequential([Linear(3, 3, in: context)])
    let error = #expect(throws: DistillationError.self) {
      _ = try self.distiller("0", "1", for: net)
    }
    #expect(error == .unknownModule(role: "teacher", path: "1", nearest: "0"))
    let distiller = try self.distiller("0", "0", for: net)
    #expect(throws: DistillationError.noOutput(role: "student", path: "0")) {
      _ = try distiller.learning([]) {}
    }
  }

  @Test func modulesThatAreCalledUnequallyOftenAreNamed() throws {
    let layers = (0..<2).map { _ in Linear(3, 3, in: context) }
    let net = Sequential([layers[0], layers[1], layers[1]])
    let distiller = try self.distiller("0", "1", for: net)
    let input = Tensor([1, 2, 3], shape: [1, 3], on: context.device)
    _ = distiller.teaching { net(input) }
    let error = #expect(throws: DistillationError.self) {
      _ = try distiller.learning([]) { _ = net(input) }
    }
    #expect(
      error
        == .unequalCalls(student: .init(path: "0", count: 1), teacher: .init(path: "1", count: 2)))
    #expect(
      error?.description
        == "distiller.components: unequal numbers of calls in a pass: 1 of the student's '0', 2 of "
        + "the teacher's '1'; each call of the one is compared with one of the other")
    #expect(net.namedModules().allSatisfy { !$0.module.isIntercepted })
  }

  /// The input, twice.
  private final class Fork: Module, BranchingLayer {
    func forward(_ input: Tensor) -> [Tensor] { [input, input] }
  }

  @Test func listsOfOutputsAreNoneToCompare() throws {
    let net = ModuleList([Fork()])
    let recorder = try OutputRecorder(["0"], of: net, role: "student")
    let input = Tensor([1, 2, 3], shape: [1, 3], on: context.device)
    recorder.recording { _ = net.elements[0](input) }
    #expect(throws: DistillationError.severalOutputs(role: "student", path: "0", count: 2)) {
      _ = try recorder.outputs(of: "0")
    }
  }
}
