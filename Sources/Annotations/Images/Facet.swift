/// The parts of a sample that `Collect` can keep, under upstream's names.
public enum Facet: String, Sendable, CaseIterable {
  case image = "img"
  case label = "gt_label"
  case boxes = "gt_bboxes"
  case boxLabels = "gt_labels"
  case ignoredBoxes = "gt_bboxes_ignore"
  case masks = "gt_masks"
  case segmentation = "gt_semantic_seg"
}

extension ImageAnnotation {
  /// Whether the facet is known; the image itself is no part of an annotation.
  public func has(_ facet: Facet) -> Bool {
    switch facet {
    case .image: false
    case .label: label != nil
    case .boxes: boxes != nil
    case .boxLabels: labels != nil
    case .ignoredBoxes: ignored != nil
    case .masks: masks != nil
    case .segmentation: segmentation != nil
    }
  }

  /// Forgets every facet that is not named.
  public mutating func keep(_ facets: Set<Facet>) {
    self = ImageAnnotation(
      label: facets.contains(.label) ? label : nil,
      boxes: facets.contains(.boxes) ? boxes : nil,
      labels: facets.contains(.boxLabels) ? labels : nil,
      ignored: facets.contains(.ignoredBoxes) ? ignored : nil,
      masks: facets.contains(.masks) ? masks : nil,
      segmentation: facets.contains(.segmentation) ? segmentation : nil)
  }
}
