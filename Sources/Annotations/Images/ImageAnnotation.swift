/// The truth about an image beside its pixels, facet by facet. A facet that is `nil` is unknown, or
/// was not collected.
public struct ImageAnnotation: Sendable, Equatable {
  /// The class of the whole image.
  public var label: Int?
  /// The objects' boxes.
  public var boxes: [Box]?
  /// The class of each of ``boxes``.
  public var labels: [Int]?
  /// Boxes of objects that count neither as found nor as missed.
  public var ignored: [Box]?
  /// The mask of each of ``boxes``.
  public var masks: [InstanceMask]?
  /// The class of each pixel.
  public var segmentation: LabelMap?

  public init(
    label: Int? = nil, boxes: [Box]? = nil, labels: [Int]? = nil, ignored: [Box]? = nil,
    masks: [InstanceMask]? = nil, segmentation: LabelMap? = nil
  ) {
    self.label = label
    self.boxes = boxes
    self.labels = labels
    self.ignored = ignored
    self.masks = masks
    self.segmentation = segmentation
  }
}
