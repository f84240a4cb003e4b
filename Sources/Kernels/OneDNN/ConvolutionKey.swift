/// What one oneDNN convolution primitive computes.
struct ConvolutionKey: Hashable {
  enum Direction: Hashable { case forward, backwardData, backwardWeights }

  var problem: ConvolutionProblem
  var direction: Direction
  var hasBias: Bool
  /// Applied behind a forward convolution.
  var activation: PointwiseFunction
}
