import NN
import Tensors
import TestKit
import Testing

/// Layers around operations: names, gradients and chance.
@Suite struct LayerTests {
  private func context() -> LayerContext {
    LayerContext(device: CPU(threads: 1), generator: Generator(seed: 1))
  }

  @Test func groupNormKeepsPyTorchsNames() {
    let context = context()
    let norm = GroupNorm(3, 6, in: context)
    #expect(norm.namedParameters().map(\.name) == ["weight", "bias"])
    #expect(GroupNorm(3, 6, isAffine: false, in: context).namedParameters().isEmpty)
    let x = Tensor.random([2, 6, 3, 3], seed: 1, on: context.device)
    let y = norm.forward(x, activation: .relu)
    #expect(y.values == activate(norm(x), .relu).values)
    // Each group of two channels has mean 0 and variance 1.
    let group = norm(x).slice(axis: 1, 2..<4).slice(axis: 0, 1..<2)
    #expect(abs(group.mean().scalar) < 1e-6)
    #expect(abs((group * group).mean().scalar - 1) < 1e-3)
  }

  @Test func preluStartsWithAQuarter() {
    let context = context()
    let layer = PReLU(in: context)
    #expect(layer.namedParameters().map(\.name) == ["weight"])
    let x = Tensor([-4, 2], shape: [1, 2], on: context.device)
    #expect(layer(x).values == [-1, 2])
  }

  @Test func dropPathLeavesOutWholeSamples() {
    let layer = DropPath(0.5, in: context())
    let x = Tensor.random([8, 3, 2, 1], from: 1, to: 2, seed: 1, on: CPU(threads: 1))
    let generator = layer.generator
    // The same chance each time: what is kept is scaled, what is not has no gradient.
    #expect(
      gradientError(inputs: [x]) {
        layer.generator = generator
        return layer($0[0])
      } < 2e-3)
    layer.generator = generator
    let kept = zip(layer(x).values, x.values).map { $0 / $1 }
    for sample in 0..<8 {
      let factors = Set(kept[(sample * 6)..<((sample + 1) * 6)])
      #expect(factors == [0] || factors.allSatisfy { abs($0 - 2) < 1e-6 })
    }
    layer.setTraining(false)
    #expect(layer(x).values == x.values)
  }

  @Test func dropout2dLeavesOutWholeChannels() {
    let layer = Dropout2d(0.4, in: context())
    let x = Tensor.random([4, 6, 3, 2], from: 1, to: 2, seed: 1, on: CPU(threads: 1))
    let generator = layer.generator
    #expect(
      gradientError(inputs: [x]) {
        layer.generator = generator
        return layer($0[0])
      } < 2e-3)
    layer.generator = generator
    let kept = zip(layer(x).values, x.values).map { $0 / $1 }
    var dropped = 0
    for channel in 0..<24 {
      let factors = Set(kept[(channel * 6)..<((channel + 1) * 6)].map { ($0 * 1000).rounded() })
      #expect(factors == [0] || factors == [1667])
      dropped += factors == [0] ? 1 : 0
    }
    #expect((3..<18).contains(dropped))
    layer.setTraining(false)
    #expect(layer(x).values == x.values)
  }

  @Test func poolsOfOnePixelTakeEveryOther() {
    let x = Tensor.random([1, 2, 5, 4], seed: 1, on: CPU(threads: 1))
    let y = MaxPool2d(kernel: 1, stride: 2)(x)
    #expect(y.shape == [1, 2, 3, 2])
    #expect(y.values == x.taking([0, 2, 4], axis: 2).taking([0, 2], axis: 3).values)
  }

  @Test func upsamplingIsAResize() {
    let x = Tensor.random([2, 3, 4, 5], seed: 1, on: CPU(threads: 1))
    #expect(Upsample(to: .scale([2, 2]))(x).values == resize(x, to: [8, 10], .nearest).values)
    for alignsCorners in [false, true] {
      let mode = Resize.Mode.bilinear(alignsCorners: alignsCorners)
      #expect(Upsample(to: .size([7, 9]), mode)(x).values == resize(x, to: [7, 9], mode).values)
    }
  }
}
