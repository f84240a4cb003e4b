/// A closed outline in image coordinates.
public struct Polygon: Sendable, Hashable {
  public var points: [Point]

  public struct Point: Sendable, Hashable {
    public var x: Float
    public var y: Float

    public init(x: Float, y: Float) {
      self.x = x
      self.y = y
    }
  }

  public init(_ points: [Point]) {
    self.points = points
  }

  /// The polygon of COCO's annotations: `x, y, x, y, …`; `nil` for an odd number of values or
  /// fewer than three points.
  public init?(coordinates: [Float]) {
    guard coordinates.count.isMultiple(of: 2), coordinates.count >= 6 else { return nil }
    points = stride(from: 0, to: coordinates.count, by: 2).map {
      Point(x: coordinates[$0], y: coordinates[$0 + 1])
    }
  }

  public var coordinates: [Float] { points.flatMap { [$0.x, $0.y] } }

  /// The enclosed area, by the shoelace formula.
  public var area: Float {
    var doubled = 0.0
    for (here, next) in zip(points, points.dropFirst() + points.prefix(1)) {
      doubled += Double(here.x) * Double(next.y) - Double(next.x) * Double(here.y)
    }
    return Float(abs(doubled) / 2)
  }

  /// The smallest box around the polygon; `nil` without points.
  public var box: Box? {
    guard let first = points.first else { return nil }
    return points.reduce(into: Box(x1: first.x, y1: first.y, x2: first.x, y2: first.y)) {
      $0.x1 = min($0.x1, $1.x)
      $0.y1 = min($0.y1, $1.y)
      $0.x2 = max($0.x2, $1.x)
      $0.y2 = max($0.y2, $1.y)
    }
  }
}

// MARK: - Moving with an image

extension Polygon {
  public func scaled(by factor: ScaleFactor) -> Polygon {
    Polygon(points.map { Point(x: $0.x * factor.width, y: $0.y * factor.height) })
  }

  public func moved(x: Float, y: Float) -> Polygon {
    Polygon(points.map { Point(x: $0.x + x, y: $0.y + y) })
  }

  /// The polygon in the mirrored image.
  ///
  /// - Parameter extent: of the image.
  public func flipped(_ direction: FlipDirection, in extent: Extent) -> Polygon {
    Polygon(
      points.map {
        Point(
          x: direction.mirrorsColumns ? Float(extent.width) - $0.x : $0.x,
          y: direction.mirrorsRows ? Float(extent.height) - $0.y : $0.y)
      })
  }

  /// The part inside a box; without points where nothing is inside.
  ///
  /// The outline is cut along one side of the box after the other (Sutherland and Hodgman, 1974).
  /// Parts that come apart stay joined by lines along the side, which enclose no area.
  public func clipped(to box: Box) -> Polygon {
    var polygon = self
    polygon.cut(keeping: { $0.x - box.x1 })
    polygon.cut(keeping: { box.x2 - $0.x })
    polygon.cut(keeping: { $0.y - box.y1 })
    polygon.cut(keeping: { box.y2 - $0.y })
    return polygon
  }

  /// Keeps the side of a line on which `distance` is not negative.
  private mutating func cut(keeping distance: (Point) -> Float) {
    guard var previous = points.last else { return }
    var kept: [Point] = []
    for point in points {
      let (before, now) = (distance(previous), distance(point))
      if (before < 0) != (now < 0) {
        let share = before / (before - now)
        kept.append(
          Point(
            x: previous.x + share * (point.x - previous.x),
            y: previous.y + share * (point.y - previous.y)))
      }
      if now >= 0 { kept.append(point) }
      previous = point
    }
    points = kept
  }
}
