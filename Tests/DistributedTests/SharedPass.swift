import NN
import Tensors
import TestKit

/// Two training passes of a small network with synchronised normalisation, by one rank on its part
/// of a batch or by one process on all of it.
enum SharedPass {
  /// What a pass of some images gives.
  struct Outcome: Codable, Sendable {
    /// Of the second pass, as is the gradient of the images.
    var outputs: [Float]
    var imageGradient: [Float]
    /// In the order of the parameters, summed up over both passes.
    var gradients: [[Float]]
    /// Running statistics and counts.
    var buffers: [[Float]]
  }

  static let imageShape: Shape = [6, 8, 5, 4]

  /// The images of a batch: each has a level of its own, so that parts of the batch differ.
  static func images(step: Int) -> [Float] {
    let perImage = imageShape.count / imageShape[0]
    return CounterNumbers.signed("images \(step)", count: imageShape.count).enumerated().map {
      Float($1) + 0.4 * Float($0 / perImage)
    }
  }

  /// - Parameters:
  ///   - range: the images that are this rank's.
  ///   - images: all of them, of each step; row-major.
  static func run(
    _ network: SharedNetwork, images range: Range<Int>, of images: [[Float]]? = nil,
    on device: CPU = CPU(threads: 1), among ranks: (any RankGroup)?
  ) -> Outcome {
    let images = images ?? [Self.images(step: 0), Self.images(step: 1)]
    let context = LayerContext(device: device, generator: Generator(seed: 5), ranks: ranks)
    let (modules, pass) = network.make(in: context)
    for module in modules { stir(module) }
    var outcome = Outcome(outputs: [], imageGradient: [], gradients: [], buffers: [])
    for images in images {
      let tape = Tape()
      let input = tape.watch(part(range, of: images, on: context.device), needsGradient: true)
      let output = pass(input)
      let probe = Tensor(
        probe(output.shape, images: range), shape: output.shape, layout: output.layout,
        on: context.device)
      tape.backward(from: (output * probe).sum())
      outcome.outputs = output.values
      outcome.imageGradient = tape.gradient(of: input)?.values ?? []
    }
    outcome.gradients = modules.flatMap(\.allParameters).map { parameter in
      guard case .value(let gradient) = parameter.gradient else { return [] }
      return gradient.values
    }
    outcome.buffers = modules.flatMap { module in
      module.stateEntries().map(\.entry.value).filter { $0.dtype == .float32 }.map(\.values)
    }
    return outcome
  }

  /// What the loss weighs outputs with.
  static func probe(_ shape: Shape, images range: Range<Int>) -> [Float] {
    guard !range.isEmpty else { return [] }
    let perImage = shape.count / range.count
    let all = CounterNumbers.signed("probe", count: perImage * imageShape[0])
    return all[(range.lowerBound * perImage)..<(range.upperBound * perImage)].map { Float($0) }
  }

  private static func part(
    _ range: Range<Int>, of images: [Float], on device: any Device
  ) -> Tensor {
    let perImage = imageShape.count / imageShape[0]
    let values = images[(range.lowerBound * perImage)..<(range.upperBound * perImage)]
    return Tensor(
      Array(values), shape: imageShape.replacing(axis: 0, with: range.count),
      layout: .channelsLast, on: device)
  }

  /// Gives normalisations weights that do something.
  private static func stir(_ module: Module) {
    for (name, parameter) in module.namedParameters() where parameter.shape.rank == 1 {
      let kind = name.hasSuffix("weight") ? "weight" : "bias"
      _ = parameter.value.floats.update(
        fromContentsOf: CounterNumbers.state(kind, shape: parameter.shape.dimensions))
    }
  }
}

extension Module {
  fileprivate var allParameters: [Parameter] { namedParameters().map(\.parameter) }
}
