import Testing

@testable import Annotations

@Suite struct ImageAnnotationTests {
  private let annotation = ImageAnnotation(
    label: 7,
    boxes: [Box(x1: 0, y1: 0, x2: 2, y2: 2), Box(x1: 4, y1: 1, x2: 6, y2: 3)],
    labels: [3, 5], ignored: [Box(x1: 5, y1: 0, x2: 6, y2: 1)],
    masks: [(0, 0), (4, 1)].map { x, y in
      .polygons(
        [Polygon(coordinates: [x, y, x + 2, y, x + 2, y + 2, x, y + 2]) ?? Polygon([])],
        Extent(height: 3, width: 6))
    },
    segmentation: LabelMap(height: 3, width: 6, bytes: (0..<18).map { UInt8($0) }))

  @Test func `objects outside of a crop are left out with all that belongs to them`() {
    var cropped = annotation
    cropped.crop(to: Region(x: 3, y: 1, width: 3, height: 2))
    #expect(cropped.label == 7)
    #expect(cropped.boxes == [Box(x1: 1, y1: 0, x2: 3, y2: 2)])
    #expect(cropped.labels == [5])
    #expect(cropped.ignored == [])
    #expect(cropped.masks?.map(\.box) == [Box(x1: 1, y1: 0, x2: 3, y2: 2)])
    #expect(cropped.segmentation?.bytes == [9, 10, 11, 15, 16, 17])
  }

  @Test func `a flip moves every facet and two are none`() {
    for direction in FlipDirection.allCases {
      var flipped = annotation
      flipped.flip(direction, in: Extent(height: 3, width: 6))
      #expect(flipped.boxes != annotation.boxes && flipped.masks != annotation.masks)
      #expect(flipped.segmentation != annotation.segmentation)
      #expect(flipped.masks?.map(\.box) == flipped.boxes)
      flipped.flip(direction, in: Extent(height: 3, width: 6))
      #expect(flipped == annotation)
    }
  }

  @Test func `a resize scales boxes by the factors and a border moves them`() {
    var changed = annotation
    changed.resize(from: Extent(height: 3, width: 6), to: Extent(height: 6, width: 9))
    #expect(changed.boxes?[1] == Box(x1: 6, y1: 2, x2: 9, y2: 6))
    #expect(changed.masks?.map(\.box) == changed.boxes)
    #expect(changed.segmentation?.extent == Extent(height: 6, width: 9))
    changed.pad(Margins(left: 1, top: 2), label: 255)
    #expect(changed.boxes?[1] == Box(x1: 7, y1: 4, x2: 10, y2: 8))
    #expect(changed.masks?.map(\.box) == changed.boxes)
    #expect(changed.segmentation?[0, 0] == 255 && changed.segmentation?[2, 1] == 0)
  }

  @Test func `only the facets that are named are kept`() {
    #expect(Facet.allCases.filter(annotation.has) == Facet.allCases.filter { $0 != .image })
    for facet in Facet.allCases {
      var kept = annotation
      kept.keep([facet])
      #expect(Facet.allCases.filter(kept.has) == (facet == .image ? [] : [facet]))
    }
  }
}
