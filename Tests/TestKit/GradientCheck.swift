public import Tensors

/// The largest difference between gradients from the tape and central differences, relative to
/// the largest gradient of each input.
///
/// The outcome of `function` is weighted with fixed random numbers and summed up. At most
/// `limit` elements of each input and parameter are tried.
public func gradientError(
  inputs: [Tensor], parameters: [Parameter] = [], step: Float = 1e-2, limit: Int = 48,
  _ function: ([Tensor]) -> Tensor
) -> Double {
  var generator = Generator(seed: 7)
  let sample = function(inputs)
  let weights = (0..<sample.shape.count).map { _ in Float(generator.uniform(-1, 1)) }
  func score(_ inputs: [Tensor]) -> Double {
    zip(function(inputs).values, weights).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }

  let tape = Tape()
  let watched = inputs.map { tape.watch($0, needsGradient: true) }
  for parameter in parameters { parameter.gradient = .none }
  let result = function(watched)
  let probe = Tensor(weights, shape: result.shape, on: result.device)
  tape.backward(from: (result * probe).sum())

  var worst = 0.0
  func compare(_ count: Int, _ gradient: [Float], _ difference: (Int, Float) -> Double) {
    let scale = max(gradient.map { Double(abs($0)) }.max() ?? 0, 1e-3)
    for index in generator.permutation(count).prefix(limit) {
      let expected = (difference(index, step) - difference(index, -step)) / (2 * Double(step))
      let error = abs(Double(gradient[index]) - expected) / scale
      worst = max(worst, error.isNaN ? .infinity : error)
    }
  }
  for (position, input) in inputs.enumerated() {
    let gradient =
      tape.gradient(of: watched[position])?.values
      ?? [Float](repeating: 0, count: input.shape.count)
    compare(input.shape.count, gradient) { index, offset in
      var moved = inputs
      moved[position] = input.moved(index, by: offset)
      return score(moved)
    }
  }
  for parameter in parameters {
    guard case .value(let gradient) = parameter.gradient else { return .infinity }
    let original = parameter.value
    compare(original.shape.count, gradient.values) { index, offset in
      parameter.value = original.moved(index, by: offset)
      defer { parameter.value = original }
      return score(inputs)
    }
  }
  return worst
}

extension Tensor {
  /// A copy whose element `index` (in the order of the spoken shape) differs by `offset`.
  fileprivate func moved(_ index: Int, by offset: Float) -> Tensor {
    var values = values
    values[index] += offset
    return Tensor(values, shape: shape, layout: layout, on: device)
  }

  /// - Parameter values: in row-major order of `shape`, whatever the layout.
  public init(_ values: [Float], shape: Shape, layout: Layout, on device: any Device) {
    guard layout == .channelsLast else {
      self.init(values, shape: shape, on: device)
      return
    }
    let (images, channels, pixels) = (shape[0], shape[1], shape[2] * shape[3])
    var stored = values
    for image in 0..<images {
      for channel in 0..<channels {
        for pixel in 0..<pixels {
          stored[(image * pixels + pixel) * channels + channel] =
            values[(image * channels + channel) * pixels + pixel]
        }
      }
    }
    self.init(channelsLast: stored, shape: shape, on: device)
  }

  /// Random numbers, uniform between the bounds; channels last when of rank 4.
  public static func random(
    _ shape: Shape, from low: Double = -1, to high: Double = 1, seed: UInt64,
    layout: Layout? = nil, on device: any Device
  ) -> Tensor {
    var generator = Generator(seed: seed)
    return Tensor(
      (0..<shape.count).map { _ in Float(generator.uniform(low, high)) }, shape: shape,
      layout: layout ?? (shape.rank == 4 ? .channelsLast : .rowMajor), on: device)
  }
}
