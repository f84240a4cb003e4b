import Testing

@testable import Annotations

@Suite struct BoxTests {
  private let box = Box(x1: 10, y1: 20, x2: 40, y2: 60)
  private let image = Extent(height: 100, width: 80)

  @Test func `extent, area and overlap of boxes`() {
    #expect(Box(x: 10, y: 20, width: 30, height: 40) == box)
    #expect(box.area == 1200 && !box.isEmpty)
    #expect(Box(x1: 5, y1: 0, x2: 4, y2: 3).area == 0)
    #expect(box.overlap(with: box) == 1)
    #expect(box.overlap(with: Box(x1: 25, y1: 20, x2: 55, y2: 60)) == Float(600) / 1800)
    #expect(box.overlap(with: Box(x1: 50, y1: 70, x2: 60, y2: 80)) == 0)
    let nothing = Box(x1: 0, y1: 0, x2: 0, y2: 0)
    #expect(nothing.overlap(with: nothing) == 0)
  }

  @Test func `boxes move with the image`() {
    #expect(
      box.flipped(.horizontal, in: image) == Box(x1: 40, y1: 20, x2: 70, y2: 60))
    #expect(box.flipped(.vertical, in: image) == Box(x1: 10, y1: 40, x2: 40, y2: 80))
    #expect(
      box.flipped(.diagonal, in: image)
        == box.flipped(.vertical, in: image).flipped(.horizontal, in: image))
    #expect(
      box.scaled(by: ScaleFactor(width: 0.5, height: 2)) == Box(x1: 5, y1: 40, x2: 20, y2: 120))
    #expect(
      Box(x1: -5, y1: 90, x2: 100, y2: 130).clipped(to: image)
        == Box(x1: 0, y1: 90, x2: 80, y2: 100))
  }

  @Test func `a scale factor has a value for each coordinate`() {
    let factor = ScaleFactor(from: [427, 640, 3], to: [800, 1199, 3])
    let expected: (width: Float, height: Float) = (1199 / 640, 800 / 427)
    #expect(factor.values[0] == expected.width && factor.values[1] == expected.height)
    #expect(Array(factor.values[2...]) == Array(factor.values[..<2]))
    #expect(
      ScaleFactor(width: 2, height: 3).followed(by: ScaleFactor(width: 4, height: 5))
        == ScaleFactor(width: 8, height: 15))
  }
}
