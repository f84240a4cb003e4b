import Distillation
import Tensors
import TestKit
import Testing

@Suite("KLDivergence")
struct KLDivergenceTests {
  let cpu = CPU()

  @Test("Equal outputs are at distance 0, whatever the temperature")
  func equal() {
    let scores = Tensor([1, 2, 3, -4, 0, 80], shape: [2, 3], on: cpu)
    for temperature in [1.0, 4] {
      let loss = KLDivergence(temperature: temperature)
      #expect(abs(loss(student: scores, teacher: scores).scalar) < 1e-6)
    }
  }
}
