#if canImport(Glibc)
  internal import Glibc
#else
  internal import Foundation
#endif

/// The classes of the demo pictures; their order is that of their folders.
enum DemoShape: String, CaseIterable, Sendable {
  case arrow, circle, crescent, cross, heart, hexagon, ring, square, star, triangle

  /// The outline, about 2 units across, `y` pointing down.
  var outline: Outline {
    switch self {
    case .arrow:
      .polygon([
        [-0.95, -0.26], [0.08, -0.26], [0.08, -0.72], [1, 0], [0.08, 0.72], [0.08, 0.26],
        [-0.95, 0.26],
      ])
    case .circle: .disc(radius: 0.9)
    case .crescent: .crescent
    case .cross:
      .polygon([
        [-0.28, -0.95], [0.28, -0.95], [0.28, -0.28], [0.95, -0.28], [0.95, 0.28], [0.28, 0.28],
        [0.28, 0.95], [-0.28, 0.95], [-0.28, 0.28], [-0.95, 0.28], [-0.95, -0.28],
        [-0.28, -0.28],
      ])
    case .heart:
      .polygon(
        (0..<36).map { step in
          let t = 2 * Float.pi * Float(step) / 36
          let height = 13 * cos(t) - 5 * cos(2 * t) - 2 * cos(3 * t) - cos(4 * t)
          return [16 * pow(sin(t), 3) / 17, (-height - 2) / 17]
        })
    case .hexagon: .polygon(Self.corners([0.98, 0.98, 0.98, 0.98, 0.98, 0.98]))
    case .ring: .ring(radius: 0.74, halfWidth: 0.2)
    case .square: .polygon([[-0.8, -0.8], [0.8, -0.8], [0.8, 0.8], [-0.8, 0.8]])
    case .star:
      .polygon(Self.corners([1.08, 0.44, 1.08, 0.44, 1.08, 0.44, 1.08, 0.44, 1.08, 0.44]))
    case .triangle: .polygon(Self.corners([1.1, 1.1, 1.1]))
    }
  }

  /// Corners at equal angles, the first on top.
  private static func corners(_ radii: [Float]) -> [SIMD2<Float>] {
    radii.enumerated().map { index, radius in
      let angle = 2 * Float.pi * Float(index) / Float(radii.count) - .pi / 2
      return [radius * cos(angle), radius * sin(angle)]
    }
  }
}

/// A closed outline in the plane.
enum Outline: Sendable {
  case polygon([SIMD2<Float>])
  case disc(radius: Float)
  case ring(radius: Float, halfWidth: Float)
  /// A disc with a bite.
  case crescent
  /// A straight stroke with round ends.
  case stroke(from: SIMD2<Float>, to: SIMD2<Float>, halfWidth: Float)

  /// The distance to the outline, negative inside.
  func distance(to point: SIMD2<Float>) -> Float {
    switch self {
    case .polygon(let corners): Self.polygonDistance(corners, point)
    case .disc(let radius): length(point) - radius
    case .ring(let radius, let halfWidth): abs(length(point) - radius) - halfWidth
    case .crescent: max(length(point) - 0.98, 0.8 - length(point - [0.5, 0]))
    case .stroke(let start, let end, let halfWidth):
      Self.segmentDistance(start, end, point).squareRoot() - halfWidth
    }
  }

  private static func polygonDistance(
    _ corners: [SIMD2<Float>], _ point: SIMD2<Float>
  ) -> Float {
    var nearest = Float.infinity
    var isInside = false
    var previous = corners[corners.count - 1]
    for corner in corners {
      nearest = min(nearest, segmentDistance(previous, corner, point))
      // Each edge that a ray to the right crosses changes sides.
      if (corner.y > point.y) != (previous.y > point.y) {
        let share = (point.y - corner.y) / (previous.y - corner.y)
        if point.x < corner.x + share * (previous.x - corner.x) { isInside.toggle() }
      }
      previous = corner
    }
    return isInside ? -nearest.squareRoot() : nearest.squareRoot()
  }

  /// The squared distance to the nearest point of a segment.
  private static func segmentDistance(
    _ start: SIMD2<Float>, _ end: SIMD2<Float>, _ point: SIMD2<Float>
  ) -> Float {
    let (edge, offset) = (end - start, point - start)
    let share = max(0, min(1, (edge * offset).sum() / max((edge * edge).sum(), 1e-12)))
    let rest = offset - edge * share
    return (rest * rest).sum()
  }
}

private func length(_ vector: SIMD2<Float>) -> Float {
  (vector * vector).sum().squareRoot()
}
