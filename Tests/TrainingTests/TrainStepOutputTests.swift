import Tensors
import Testing
import Training

@Suite struct TrainStepOutputTests {
  private let one = Tensor([1, 3], shape: [2], on: CPU(threads: 1))

  @Test func meansAreLoggedAndThoseNamedLossAreSummedUp() {
    let output = TrainStepOutput(
      losses: [("loss_a", one), ("b", one * 2), ("c.loss", one * 10)], sampleCount: 2)
    #expect(output.loss?.scalar == 22)
    #expect(output.logVariables.map(\.0) == ["loss_a", "b", "c.loss", "loss"])
    #expect(output.logVariables.map(\.1) == [2, 4, 20, 22])
  }

  @Test func withoutALossThereIsNothingToMinimise() {
    #expect(TrainStepOutput(losses: [("top-1", one)], sampleCount: 2).loss == nil)
  }
}
