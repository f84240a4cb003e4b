/// A rectangle in image coordinates, from its upper left to its lower right corner.
///
/// A pixel covers the unit square at its indices, so a box around one pixel has the area 1.
public struct Box: Sendable, Hashable {
  public var x1: Float
  public var y1: Float
  public var x2: Float
  public var y2: Float

  public init(x1: Float, y1: Float, x2: Float, y2: Float) {
    self.x1 = x1
    self.y1 = y1
    self.x2 = x2
    self.y2 = y2
  }

  /// The box of COCO's annotations: its corner and its extent.
  public init(x: Float, y: Float, width: Float, height: Float) {
    self.init(x1: x, y1: y, x2: x + width, y2: y + height)
  }

  public var width: Float { x2 - x1 }
  public var height: Float { y2 - y1 }

  /// The area; 0 where the corners have changed places.
  public var area: Float { max(width, 0) * max(height, 0) }

  /// Whether the box covers nothing.
  public var isEmpty: Bool { !(width > 0 && height > 0) }

  /// The common part of two boxes, which may be empty.
  public func intersection(_ other: Box) -> Box {
    Box(
      x1: max(x1, other.x1), y1: max(y1, other.y1), x2: min(x2, other.x2), y2: min(y2, other.y2))
  }

  /// Intersection over union; 0 for two boxes without area.
  public func overlap(with other: Box) -> Float {
    let common = intersection(other).area
    let union = area + other.area - common
    return union > 0 ? common / union : 0
  }
}

// MARK: - Moving with an image

extension Box {
  public func scaled(by factor: ScaleFactor) -> Box {
    Box(
      x1: x1 * factor.width, y1: y1 * factor.height, x2: x2 * factor.width,
      y2: y2 * factor.height)
  }

  public func moved(x: Float, y: Float) -> Box {
    Box(x1: x1 + x, y1: y1 + y, x2: x2 + x, y2: y2 + y)
  }

  /// The box in the mirrored image.
  ///
  /// - Parameter extent: of the image.
  public func flipped(_ direction: FlipDirection, in extent: Extent) -> Box {
    var box = self
    if direction.mirrorsColumns {
      let width = Float(extent.width)
      (box.x1, box.x2) = (width - x2, width - x1)
    }
    if direction.mirrorsRows {
      let height = Float(extent.height)
      (box.y1, box.y2) = (height - y2, height - y1)
    }
    return box
  }

  /// The box with its corners drawn into the image.
  public func clipped(to extent: Extent) -> Box {
    func clip(_ value: Float, _ limit: Int) -> Float { max(0, min(value, Float(limit))) }
    return Box(
      x1: clip(x1, extent.width), y1: clip(y1, extent.height), x2: clip(x2, extent.width),
      y2: clip(y2, extent.height))
  }
}
