/// The pixels of one object: outlines, or runs of pixels.
public enum InstanceMask: Sendable, Hashable {
  /// The parts of an object in an image of an extent.
  case polygons([Polygon], Extent)
  case runLengths(RunLengthMask)

  public var extent: Extent {
    switch self {
    case .polygons(_, let extent): extent
    case .runLengths(let mask): mask.extent
    }
  }

  /// The covered area in pixels; of polygons the sum of their areas.
  public var area: Float {
    switch self {
    case .polygons(let parts, _): parts.reduce(0) { $0 + $1.area }
    case .runLengths(let mask): Float(mask.area)
    }
  }

  /// The smallest box around the object; `nil` for an object without pixels.
  public var box: Box? {
    switch self {
    case .runLengths(let mask): return mask.box
    case .polygons(let parts, _):
      let boxes = parts.compactMap(\.box)
      guard let first = boxes.first else { return nil }
      return boxes.dropFirst().reduce(into: first) {
        $0.x1 = min($0.x1, $1.x1)
        $0.y1 = min($0.y1, $1.y1)
        $0.x2 = max($0.x2, $1.x2)
        $0.y2 = max($0.y2, $1.y2)
      }
    }
  }
}

// MARK: - Moving with an image

extension InstanceMask {
  public func flipped(_ direction: FlipDirection) -> InstanceMask {
    switch self {
    case .polygons(let parts, let extent):
      .polygons(parts.map { $0.flipped(direction, in: extent) }, extent)
    case .runLengths(let mask):
      .runLengths(RunLengthMask(mask.labelMap.flipped(direction)))
    }
  }

  public func resized(to target: Extent) -> InstanceMask {
    switch self {
    case .polygons(let parts, let extent):
      let factor = ScaleFactor(
        width: Float(target.width) / Float(extent.width),
        height: Float(target.height) / Float(extent.height))
      return .polygons(parts.map { $0.scaled(by: factor) }, target)
    case .runLengths(let mask):
      return .runLengths(RunLengthMask(mask.labelMap.resized(to: target)))
    }
  }

  public func cropped(to area: Region) -> InstanceMask {
    switch self {
    case .polygons(let parts, _):
      let window = Box(
        x: Float(area.x), y: Float(area.y), width: Float(area.width), height: Float(area.height))
      let inside = parts.map { $0.clipped(to: window).moved(x: -window.x1, y: -window.y1) }
      return .polygons(inside.filter { $0.area > 0 }, area.extent)
    case .runLengths(let mask):
      return .runLengths(RunLengthMask(mask.labelMap.cropped(to: area)))
    }
  }

  public func padded(_ margins: Margins) -> InstanceMask {
    switch self {
    case .polygons(let parts, let extent):
      .polygons(
        parts.map { $0.moved(x: Float(margins.left), y: Float(margins.top)) },
        Extent(
          height: extent.height + margins.top + margins.bottom,
          width: extent.width + margins.left + margins.right))
    case .runLengths(let mask):
      .runLengths(RunLengthMask(mask.labelMap.padded(margins, label: 0)))
    }
  }
}
