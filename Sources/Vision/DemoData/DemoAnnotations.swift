internal import Foundation

/// The boxes of a split in COCO's format.
struct DemoAnnotations: Encodable {
  var images: [Picture] = []
  var annotations: [Annotation] = []
  var categories = DemoShape.allCases.enumerated().map { index, shape in
    Category(id: index + 1, name: shape.rawValue, supercategory: "shape")
  }

  struct Picture: Encodable {
    let id: Int
    let fileName: String
    let width: Int
    let height: Int

    enum CodingKeys: String, CodingKey {
      case id, width, height
      case fileName = "file_name"
    }
  }

  struct Annotation: Encodable {
    let id: Int
    let imageID: Int
    let categoryID: Int
    /// Left, top, width, height.
    let box: [Int]
    let area: Int
    let isCrowd = 0
    let segmentation: [[Double]] = []

    enum CodingKeys: String, CodingKey {
      case id, area, segmentation
      case imageID = "image_id"
      case categoryID = "category_id"
      case box = "bbox"
      case isCrowd = "iscrowd"
    }
  }

  struct Category: Encodable {
    let id: Int
    let name: String
    let supercategory: String
  }

  /// The same text for the same annotations.
  func json() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(self))
  }
}
