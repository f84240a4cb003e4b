/// How the images of a batch become one array.
public enum BatchJoining: Sendable, Equatable {
  /// Images of different shapes are an error.
  case refuse
  /// Images are padded at the right and at the bottom to the largest, after normalisation.
  ///
  /// - value: of the added pixels.
  /// - sizeDivisor: a number of pixels that divides height and width of the batch.
  /// - label: of the added pixels of label maps.
  case pad(value: Float = 0, sizeDivisor: Int = 1, label: Int = 255)
}
