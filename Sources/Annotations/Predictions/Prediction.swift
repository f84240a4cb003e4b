/// The result of a network for one image.
public enum Prediction: Sendable, Equatable {
  /// One score a class, for the whole image.
  case scores([Float])
  case detections(Detections)
  /// The class of each pixel.
  case labelMap(LabelMap)

  /// The scores of an image classifier; `nil` for another task's prediction.
  public var classScores: [Float]? {
    guard case .scores(let scores) = self else { return nil }
    return scores
  }

  /// The kind of prediction, for messages.
  public var kindName: String {
    switch self {
    case .scores: "class scores"
    case .detections: "detections"
    case .labelMap: "label map"
    }
  }
}
