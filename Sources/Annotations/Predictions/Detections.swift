/// The objects that a network found in an image, in coordinates of the loaded image.
public struct Detections: Sendable, Equatable {
  public var boxes: [Box]
  /// The certainty of each box.
  public var scores: [Float]
  /// The class of each box.
  public var labels: [Int]
  /// The mask of each box; `nil` where the network finds boxes only.
  public var masks: [InstanceMask]?

  public init(
    boxes: [Box] = [], scores: [Float] = [], labels: [Int] = [], masks: [InstanceMask]? = nil
  ) {
    precondition(
      scores.count == boxes.count && labels.count == boxes.count
        && (masks.map { $0.count == boxes.count } ?? true),
      "\(boxes.count) boxes with \(scores.count) scores, \(labels.count) labels")
    self.boxes = boxes
    self.scores = scores
    self.labels = labels
    self.masks = masks
  }

  public var count: Int { boxes.count }
}
