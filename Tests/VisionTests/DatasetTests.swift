import Annotations
import Configs
import Synchronization
import Tensors
import Testing

@testable import Vision

@Suite struct DatasetTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    let picture = TransformFixtures.image("photo_444.jpg")
    for file in ["b/2.jpeg", "b/1.JPG", "a/x.png", "a/deep/y.jpg", "a/notes.txt", "c/z.jpg"] {
      try folder.copy(picture, to: "train/\(file)")
    }
  }

  private var root: String { "\(folder.path)/train" }

  private func build(
    _ config: Config, warnings: Warnings = Warnings()
  ) throws -> any Dataset {
    try VisionContext(warn: { warnings.add($0) }).buildDataset(
      config, path: "data.train", scope: .mmcls)
  }

  private func message(_ config: Config) -> String? {
    do {
      _ = try build(config)
      return nil
    } catch {
      return "\(error)"
    }
  }

  private func files(_ dataset: any Dataset) throws -> [String] {
    var generator = Generator(seed: 0)
    return try (0..<dataset.count).map {
      try dataset.sample(at: $0, generator: &generator).meta.originalFilename
    }
  }

  @Test func `folders in sorted order are the classes and files are found at any depth`() throws {
    let dataset = try build(["type": "CustomDataset", "data_prefix": .string(root)])
    #expect(dataset.classes == ["a", "b", "c"])
    #expect(
      try files(dataset) == ["a/deep/y.jpg", "a/x.png", "b/1.JPG", "b/2.jpeg", "c/z.jpg"])
    #expect((dataset as? any LabelledDataset)?.labels == [0, 0, 1, 1, 2])
  }

  @Test func `ImageNet has a thousand classes unless the config names its own`() throws {
    #expect(ImageNetClasses.names.count == 1000)
    #expect(ImageNetClasses.names[1] == "goldfish, Carassius auratus")
    #expect(ImageNetClasses.names[134] == "crane")
    #expect(ImageNetClasses.names.last == "toilet tissue, toilet paper, bathroom tissue")
    #expect(
      message(["type": "mmcls.ImageNet", "data_prefix": .string(root)])
        == "data.train: ImageNet: The number of subfolders (3) doesn't match the number of "
        + "specified classes (1000). Please check the data folder '\(root)', or set "
        + "data.train.classes.")
    let named = try build([
      "type": "ImageNet", "data_prefix": .string(root), "classes": .tuple(["x", "y", "z"]),
    ])
    #expect(named.classes == ["x", "y", "z"])
    let file = try folder.write("one\ntwo\r\nthree\n", to: "classes.txt")
    let listed = try build([
      "type": "ImageNet", "data_prefix": .string(root), "classes": .string(file),
    ])
    #expect(listed.classes == ["one", "two", "three"])
  }

  @Test func `an annotation file lists files and labels`() throws {
    let file = try folder.write("b/2.jpeg 1\n\na/a file.jpg 0\n", to: "meta/train.txt")
    let dataset = try build([
      "type": "ImageNet", "data_prefix": .string(root), "ann_file": .string(file),
      "classes": ["x", "y"], "test_mode": true,
    ])
    #expect(try files(dataset) == ["b/2.jpeg", "a/a file.jpg"])
    #expect((dataset as? any LabelledDataset)?.labels == [1, 0])
  }

  @Test func `what is wrong with folders and files is said with the place in the config`() throws {
    let empty = try folder.write("", to: "empty/class/.hidden")
    let emptyRoot = String(empty.dropLast("/class/.hidden".count))
    #expect(
      message(["type": "ImageNet", "data_prefix": "/no/such/folder"])
        == "data.train.data_prefix: the folder '/no/such/folder' does not exist")
    #expect(
      message(["type": "ImageNet", "data_prefix": .string(emptyRoot), "classes": ["class"]])
        == "data.train.data_prefix: Found 0 files in subfolders of: \(emptyRoot). "
        + "Supported extensions are: .jpg,.jpeg,.png,.ppm,.bmp,.pgm,.tif")
    #expect(message(["type": "ImageNet"]) == "data.train.data_prefix: this key is required")
    #expect(
      message(["type": "ImageNet", "data_prefix": .string(root), "ann_file": "/none.txt"])
        == "data.train.ann_file: the file '/none.txt' does not exist")
    let malformed = try folder.write("a/x.png 0\na/x.png\n", to: "malformed.txt")
    #expect(
      message(["type": "ImageNet", "data_prefix": .string(root), "ann_file": .string(malformed)])
        == "\(malformed):2: expected a file name, a space and a label: 'a/x.png'")
    let beyond = try folder.write("a/x.png 3\n", to: "beyond.txt")
    #expect(
      message([
        "type": "ImageNet", "data_prefix": .string(root), "ann_file": .string(beyond),
        "classes": ["x", "y"],
      ])
        == "\(beyond):1: label 3 is not below the number of classes (2) of data.train.ann_file")
    let blank = try folder.write("\n\n", to: "blank.txt")
    #expect(
      message(["type": "ImageNet", "data_prefix": .string(root), "ann_file": .string(blank)])
        == "data.train.ann_file: the annotation file '\(blank)' lists no samples")
    #expect(
      message([
        "type": "ImageNet", "data_prefix": .string(root), "classes": ["x", "y", "z"],
        "pipelin": [],
      ]) == "data.train.pipelin: unknown key; did you mean 'pipeline'?")
    #expect(
      message(["type": "ImageNets", "data_prefix": .string(root)])
        == "data.train.type: there is no dataset named 'ImageNets'; did you mean 'ImageNet'?")
  }

  @Test func `a folder without pictures is told but harmless`() throws {
    _ = try folder.write("", to: "train/d/none.txt")
    let warnings = Warnings()
    let dataset = try build(
      ["type": "CustomDataset", "data_prefix": .string(root)], warnings: warnings)
    #expect(dataset.classes.count == 4)
    #expect(
      warnings.all.first?.hasPrefix(
        "data.train.data_prefix: Found no valid file in the folder d.") == true)
  }

  @Test func `names that are not UTF-8 are found and opened`() throws {
    let names: [[UInt8]] = [
      Array("plain é 中".utf8), [0x61, 0xFF], [0xE9, 0x62], [0xC3], [0xED, 0xA0, 0x80],
      [0x80, 0x81],
    ]
    for name in names {
      let text = FileName.text(name)
      #expect(FileName.path(text) == name.map { CChar(bitPattern: $0) } + [0])
    }
    #expect(Set(names.map { FileName.text($0) }).count == names.count)
    let image = try FileBytes.read(TransformFixtures.image("photo_444.jpg"))
    let file = FileName.text([0x7A, 0xFF, 0xFE] + Array(".jpg".utf8))
    try FileBytes.write(image, to: "\(root)/c/\(file)")
    let dataset = try build([
      "type": "CustomDataset", "data_prefix": .string(root),
      "pipeline": [["type": "LoadImageFromFile"]],
    ])
    #expect(dataset.count == 6)
    #expect(try files(dataset).contains("c/\(file)"))
  }

  @Test func `lists may begin with a byte order mark, and classes may be numbers`() throws {
    let list = try folder.write("\u{FEFF}a/x.png 0\nb/1.JPG 1\n", to: "list.txt")
    let names = try folder.write("\u{FEFF}cat\r\ndog\r\n", to: "names.txt")
    let listed = try build([
      "type": "CustomDataset", "data_prefix": .string(root), "ann_file": .string(list),
      "classes": .string(names),
    ])
    #expect(try files(listed) == ["a/x.png", "b/1.JPG"] && listed.classes == ["cat", "dog"])
    let numbered = try build([
      "type": "CustomDataset", "data_prefix": .string(root), "classes": [0, 1, "two"],
    ])
    #expect(numbered.classes == ["0", "1", "two"])
    #expect(
      message([
        "type": "CustomDataset", "data_prefix": .string(root), "ann_file": .string(root),
      ]) == "data.train.ann_file: '\(root)' is a folder, expected a file")
    #expect(
      message([
        "type": "CustomDataset", "data_prefix": .string(root), "classes": ["a", ["b"], "c"],
      ])?.hasPrefix("data.train.classes") == true)
  }

  @Test func `images that the extensions leave out are counted`() throws {
    for name in ["a/1.webp", "a/2.tiff", "b/3.WEBP", "b/4.txt"] {
      _ = try folder.write("", to: "train/\(name)")
    }
    let warnings = Warnings()
    _ = try build(["type": "CustomDataset", "data_prefix": .string(root)], warnings: warnings)
    #expect(
      warnings.all == [
        "data.train.data_prefix: images in '\(root)' are left out for their extension: "
          + "1 .tiff, 2 .webp; name it in 'extensions'"
      ])
    let named = Warnings()
    let dataset = try build(
      [
        "type": "CustomDataset", "data_prefix": .string(root),
        "extensions": .list([".webp", ".tiff"]),
      ], warnings: named)
    #expect(dataset.count == 3)
  }

  @Test func `data sets can be joined and repeated`() throws {
    let one: Config = ["type": "CustomDataset", "data_prefix": .string(root)]
    let joined = try build([one, ["type": "RepeatDataset", "dataset": one, "times": 2]])
    #expect(joined.count == 15)
    var generator = Generator(seed: 0)
    let sample = try joined.sample(at: 12, generator: &generator)
    #expect(sample.index == 12)
    #expect(sample.meta.originalFilename == "b/1.JPG")
    #expect(sample.annotation.label == 1)
    let labels = [0, 0, 1, 1, 2]
    let scores = (labels + labels + labels).map { label in
      Prediction.scores((0..<3).map { $0 == label ? Float(1) : 0 })
    }
    let options: Config = ["metric": "accuracy", "metric_options": ["topk": [1]]]
    for isJoined in [false, true] {
      var reader = try ConfigReader(options, path: "evaluation")
      var evaluator =
        isJoined
        ? try joined.joinedEvaluator(&reader, metricKey: "metric")
        : try joined.evaluator(&reader, metricKey: "metric")
      try reader.finish()
      try evaluator.add(Array(scores[8...]), at: Array(8..<15))
      try evaluator.add(Array(scores[..<8]), at: Array(0..<8))
      let entries = try evaluator.metrics()
      #expect(
        entries.map(\.name)
          == (isJoined ? ["accuracy_top-1"] : ["0_accuracy_top-1", "1_accuracy_top-1"]))
      #expect(entries.allSatisfy { $0.scalar == 100 })
    }
  }
}

/// Collects warnings from any thread.
final class Warnings: Sendable {
  private let lines = Mutex<[String]>([])

  func add(_ line: String) {
    lines.withLock { $0.append(line) }
  }

  var all: [String] { lines.withLock { $0 } }
}
