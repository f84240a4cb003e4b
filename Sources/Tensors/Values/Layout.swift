/// How the elements of a tensor lie in memory. Shapes are spoken as `[N, C, H, W]` in either case.
public enum Layout: Hashable, Sendable {
  /// The last spoken axis is contiguous: parameters, vectors, matrices.
  case rowMajor
  /// Activations of rank 4: stored N·H·W·C, so the channels of a pixel are contiguous.
  case channelsLast
}
