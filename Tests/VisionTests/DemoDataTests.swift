import Configs
import Foundation
import Testing

@testable import Vision

@Suite struct DemoDataTests {
  private func files(in folder: String) throws -> [String: Data] {
    var result: [String: Data] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
      guard let data = FileManager.default.contents(atPath: "\(folder)/\(name)") else { continue }
      result[name] = data
    }
    return result
  }

  @Test func `the same seed gives the same files and another seed gives others`() throws {
    let folder = try TemporaryFolder()
    let (one, two, other) = ("\(folder.path)/1", "\(folder.path)/2", "\(folder.path)/3")
    try DemoData.write(to: one, seed: 5, trainCount: 2, valCount: 1)
    try DemoData.write(to: two, seed: 5, trainCount: 2, valCount: 1)
    try DemoData.write(to: other, seed: 6, trainCount: 2, valCount: 1)
    let (first, second, third) = (try files(in: one), try files(in: two), try files(in: other))
    #expect(first == second)
    #expect(first.keys.sorted() == third.keys.sorted())
    #expect(first["train/arrow/arrow_00001.jpeg"] != third["train/arrow/arrow_00001.jpeg"])
    #expect(first.keys.filter { $0.hasSuffix(".jpeg") }.count == 3)
    // A second run replaces the first, with what it had too much.
    try DemoData.write(to: one, seed: 5, trainCount: 1, valCount: 1)
    #expect(
      try files(in: one).keys.filter { $0.hasPrefix("train/") && $0.hasSuffix(".jpeg") }
        .count == 1)
  }

  @Test func `folders, annotation file, boxes and masks agree`() throws {
    let folder = try TemporaryFolder()
    try DemoData.write(to: folder.path, seed: 1, trainCount: 0, valCount: 10)
    let context = VisionContext()
    let scanned = try context.buildDataset(
      ["type": "CustomDataset", "data_prefix": .string("\(folder.path)/val")], path: "data.val",
      scope: .mmcls)
    let listed = try context.buildDataset(
      [
        "type": "ImageNet", "data_prefix": .string("\(folder.path)/val"),
        "ann_file": .string("\(folder.path)/meta/val.txt"),
        "classes": .string("\(folder.path)/meta/classes.txt"),
      ], path: "data.val",
      scope: .mmcls)
    #expect(scanned.classes == DemoData.classes)
    #expect(listed.classes == DemoData.classes)
    let labels = try [scanned, listed].map {
      try #require($0 as? any LabelledDataset).labels.sorted()
    }
    #expect(labels[0] == labels[1])

    let json = try JSONDecoder().decode(
      JSON.self,
      from: Data(contentsOf: URL(filePath: "\(folder.path)/annotations/instances_val.json")))
    #expect(json["categories"].array.map { $0["name"].text } == DemoData.classes)
    #expect(json["images"].array.count == 10)
    for (picture, annotation) in zip(json["images"].array, json["annotations"].array) {
      let name = try #require(picture["file_name"].text)
      let label = try #require(annotation["category_id"].int)
      #expect(name.hasPrefix(DemoData.classes[label - 1] + "/"))
      let image = try ImageDecoder.read(file: "\(folder.path)/val/\(name)")
      #expect([image.width, image.height] == [picture["width"].int, picture["height"].int])
      let maskName = name.replacing(".jpeg", with: ".png")
      let mask = try ImageDecoder.read(
        file: "\(folder.path)/masks/val/\(maskName)", mode: .unchanged)
      #expect(mask.shape == [image.height, image.width, 1])
      let bytes = try #require(mask.bytes)
      #expect(Set(bytes).isSubset(of: [0, UInt8(label), 255]))
      let inside = bytes.indices.filter { bytes[$0] == UInt8(label) }
      let box = annotation["bbox"].ints
      #expect(inside.count > 100)
      #expect(
        inside.allSatisfy { index in
          (box[0]..<(box[0] + box[2])).contains(index % mask.width)
            && (box[1]..<(box[1] + box[3])).contains(index / mask.width)
        })
    }
  }

  @Test func `other people's files are never removed`() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write("precious", to: "train/class/file.jpeg")
    #expect(throws: VisionError.self) { try DemoData.write(to: folder.path) }
    #expect(FileManager.default.fileExists(atPath: "\(folder.path)/train/class/file.jpeg"))
    #expect(throws: VisionError.self) { try DemoData.write(to: "/proc/no/such/place") }
  }
}
