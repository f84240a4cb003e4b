public import Tensors

/// Layers one after the other, as few passes as may be: evaluated off the tape, convolution modules
/// that form a separable convolution run as one.
public struct LayerRun {
  private let layers: [any Layer]

  public init(_ layers: [any Layer]) {
    self.layers = layers
  }

  /// - Parameter residual: added to the last layer's output, unless that is `nil`.
  public func output(for input: Tensor, adding residual: Tensor? = nil) -> Tensor {
    var value = input
    var rest = layers[...]
    while let first = rest.first {
      if let (count, isWhole, output) = separable(rest, value, adding: residual) {
        rest = rest.dropFirst(count)
        if isWhole { return output }
        value = output
      } else {
        value = first(value)
        rest = rest.dropFirst()
      }
    }
    return residual.map { $0 + value } ?? value
  }

  /// The output of the first layers, how many they are, and whether the residual is in it.
  private func separable(
    _ layers: ArraySlice<any Layer>, _ input: Tensor, adding residual: Tensor?
  ) -> (count: Int, addsResidual: Bool, output: Tensor)? {
    guard input.trace == nil, let first = layers.first as? ConvModule else { return nil }
    let widens = first.isPointwise
    let parts = layers.prefix(widens ? 3 : 2).compactMap { $0 as? ConvModule }
    guard parts.count == (widens ? 3 : 2), parts[parts.count - 2].isDepthwise,
      parts[parts.count - 1].isPointwise
    else { return nil }
    let folded = parts.compactMap { $0.folded(on: input.device) }
    guard folded.count == parts.count else { return nil }
    let narrow = folded[folded.count - 1]
    let adds = residual != nil && layers.count == parts.count && narrow.activation == .identity
    let output = separableConv2d(
      input, widen: widens ? folded[0] : nil, filter: folded[folded.count - 2], narrow: narrow,
      adding: adds ? residual : nil)
    return output.map { (parts.count, adds, $0) }
  }
}
