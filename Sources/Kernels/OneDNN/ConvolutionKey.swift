/// What one oneDNN convolution primitive computes.
struct ConvolutionKey: Hashable {
  enum Direction: Hashable { case forward, backwardData, backwardWeights }

  var problem: ConvolutionProblem
  var direction: Direction
  var hasBias: Bool
  /// Applied behind a forward convolution.
  var activation: PointwiseFunction
  /// Of the input, or its gradient, and of the output, or its.
  var image: Precision
  var result: Precision

  /// In which numbers are multiplied: that of what goes in.
  var multiplied: Precision { direction == .backwardData ? result : image }
}
