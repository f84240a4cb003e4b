import Testing

@testable import Annotations

@Suite struct MaskTests {
  /// An L of 5 pixels and a pixel apart.
  private let map = LabelMap(
    height: 3, width: 4,
    bytes: [
      1, 0, 0, 0,
      1, 0, 0, 1,
      1, 1, 1, 0,
    ])

  @Test func `runs go down the columns`() {
    let mask = RunLengthMask(map)
    #expect(mask.counts == [0, 3, 2, 1, 2, 1, 1, 1, 1])
    #expect(mask.labelMap == map)
    #expect(mask.area == 6)
    #expect(mask.box == Box(x1: 0, y1: 0, x2: 4, y2: 3))
    let small = RunLengthMask(map.cropped(to: Region(x: 1, y: 1, width: 3, height: 2)))
    #expect(small.box == Box(x1: 0, y1: 0, x2: 3, y2: 2))
    #expect(RunLengthMask(extent: Extent(height: 2, width: 2), counts: [4])?.box == nil)
    #expect(RunLengthMask(extent: Extent(height: 2, width: 2), counts: [1, 2]) == nil)
    #expect(RunLengthMask(extent: Extent(height: 2, width: 2), counts: [5, -1]) == nil)
    #expect(RunLengthMask(extent: Extent(height: 2, width: 2), counts: [.max, .max]) == nil)
  }

  /// Texts that pycocotools writes for these counts.
  @Test(
    arguments: [
      ([0, 3, 2, 1, 2, 1, 1, 1, 1], 3, 4, "032N00O00"),
      ([5, 20, 75], 10, 10, "5d0[2"),
      ([0, 100], 10, 10, "0T3"),
      ([100], 10, 10, "T3"),
      ([6, 1, 40, 4, 5, 4, 5, 4, 21], 9, 10, "61X13mN000`0"),
    ] as [([Int], Int, Int, String)])
  func `the compressed form is read and written`(
    counts: [Int], height: Int, width: Int, text: String
  ) throws {
    let extent = Extent(height: height, width: width)
    let mask = try #require(RunLengthMask(extent: extent, counts: counts))
    #expect(mask.text == text)
    #expect(RunLengthMask(extent: extent, text: text) == mask)
  }

  @Test func `damaged texts are no masks`() {
    let extent = Extent(height: 10, width: 10)
    for text in ["T", "5d0[", "5 0[2", "T3T3", "oooooooooooooooo0", "ä", ""] {
      #expect(RunLengthMask(extent: extent, text: text) == nil, "\(text)")
    }
  }

  @Test func `label maps move with the image`() {
    #expect(
      map.flipped(.horizontal).bytes == [0, 0, 0, 1, 1, 0, 0, 1, 0, 1, 1, 1])
    #expect(map.flipped(.vertical).bytes == [1, 1, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0])
    #expect(map.flipped(.diagonal) == map.flipped(.vertical).flipped(.horizontal))
    #expect(
      map.resized(to: Extent(height: 2, width: 2)).bytes == [1, 0, 1, 0])
    #expect(
      map.resized(to: Extent(height: 3, width: 8)).flipped(.vertical).bytes?.prefix(8)
        == [1, 1, 1, 1, 1, 1, 0, 0])
    #expect(
      map.padded(Margins(right: 1, bottom: 1), label: 255).bytes == [
        1, 0, 0, 0, 255, 1, 0, 0, 1, 255, 1, 1, 1, 0, 255, 255, 255, 255, 255, 255,
      ])
    let wide = map.padded(Margins(left: 1), label: 1000)
    #expect(wide.bytes == nil && wide[1, 0] == 1000 && wide[1, 4] == 1)
    #expect(wide.count(of: 1000) == 3 && wide.count(of: 1) == 6)
  }

  @Test func `polygons have areas, boxes and parts`() throws {
    let triangle = try #require(Polygon(coordinates: [0, 0, 8, 0, 0, 6]))
    #expect(triangle.area == 24)
    #expect(triangle.box == Box(x1: 0, y1: 0, x2: 8, y2: 6))
    #expect(Polygon(coordinates: [0, 0, 1]) == nil && Polygon(coordinates: [0, 0, 1, 1]) == nil)
    // A corner of 4 x 3 is cut off on the right, half a rectangle.
    #expect(triangle.clipped(to: Box(x1: 0, y1: 0, x2: 4, y2: 6)).area == 24 - 6)
    #expect(triangle.clipped(to: Box(x1: 9, y1: 0, x2: 12, y2: 6)).points.isEmpty)
    #expect(triangle.clipped(to: Box(x1: -1, y1: -1, x2: 9, y2: 9)).area == 24)
    let extent = Extent(height: 6, width: 10)
    #expect(
      triangle.flipped(.horizontal, in: extent).coordinates == [10, 0, 2, 0, 10, 6])
  }

  @Test(arguments: FlipDirection.allCases)
  func `outlines and runs move alike`(direction: FlipDirection) throws {
    let square = try #require(Polygon(coordinates: [1, 1, 3, 1, 3, 2, 1, 2]))
    let extent = Extent(height: 4, width: 6)
    let outline = InstanceMask.polygons([square], extent)
    var bytes = [UInt8](repeating: 0, count: 24)
    for place in [7, 8] { bytes[place] = 1 }
    let runs = InstanceMask.runLengths(
      RunLengthMask(LabelMap(height: 4, width: 6, bytes: bytes)))
    func check(_ change: (InstanceMask) -> InstanceMask) {
      let (one, other) = (change(outline), change(runs))
      #expect(one.box == other.box && one.area == other.area && one.extent == other.extent)
    }
    check { $0 }
    check { $0.flipped(direction) }
    check { $0.resized(to: Extent(height: 8, width: 12)) }
    check { $0.padded(Margins(left: 1, top: 2, right: 3, bottom: 4)) }
    check { $0.cropped(to: Region(x: 2, y: 1, width: 3, height: 3)) }
  }
}
