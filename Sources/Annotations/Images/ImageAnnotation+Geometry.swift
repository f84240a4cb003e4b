extension ImageAnnotation {
  /// Whether there is anything that moves with the pixels.
  public var hasGeometry: Bool {
    boxes != nil || ignored != nil || masks != nil || segmentation != nil
  }

  /// Mirrors all facets.
  ///
  /// - Parameter extent: of the image.
  public mutating func flip(_ direction: FlipDirection, in extent: Extent) {
    mapBoxes { $0.flipped(direction, in: extent) }
    masks = masks?.map { $0.flipped(direction) }
    segmentation = segmentation?.flipped(direction)
  }

  /// Scales all facets to an image of another size: boxes by the factor and clipped, masks and
  /// label map to the size.
  public mutating func resize(from old: Extent, to new: Extent) {
    let factor = ScaleFactor(from: [old.height, old.width], to: [new.height, new.width])
    mapBoxes { $0.scaled(by: factor).clipped(to: new) }
    masks = masks?.map { $0.resized(to: new) }
    segmentation = segmentation?.resized(to: new)
  }

  /// Keeps the part of all facets inside an area; objects without a part there are left out.
  public mutating func crop(to area: Region) {
    mapBoxes { $0.moved(x: -Float(area.x), y: -Float(area.y)).clipped(to: area.extent) }
    masks = masks?.map { $0.cropped(to: area) }
    segmentation = segmentation?.cropped(to: area)
    ignored?.removeAll(where: \.isEmpty)
    guard let boxes, boxes.contains(where: \.isEmpty) else { return }
    func keep<Value>(_ values: [Value]?) -> [Value]? {
      values.map { values in zip(values, boxes).filter { !$1.isEmpty }.map(\.0) }
    }
    (labels, masks) = (keep(labels), keep(masks))
    self.boxes = keep(boxes)
  }

  /// Adds a border around all facets.
  ///
  /// - Parameter label: of the border's pixels in the label map.
  public mutating func pad(_ margins: Margins, label: Int) {
    guard margins != Margins() else { return }
    mapBoxes { $0.moved(x: Float(margins.left), y: Float(margins.top)) }
    masks = masks?.map { $0.padded(margins) }
    segmentation = segmentation?.padded(margins, label: label)
  }

  private mutating func mapBoxes(_ body: (Box) -> Box) {
    boxes = boxes?.map(body)
    ignored = ignored?.map(body)
  }
}
