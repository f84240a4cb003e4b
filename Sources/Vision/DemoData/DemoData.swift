internal import Foundation
internal import Synchronization
internal import Tensors

/// A small set of drawn pictures of ten shapes, to try everything without downloading data.
///
/// Shapes vary in colour, size, place, rotation, stretch and filling; the ground is textured, lit
/// from a side and noisy, and dots, bars and strokes lie around and across. The same seed gives the
/// same files, byte for byte.
///
///     DIR/train/<class>/<class>_<number>.jpeg     pictures, 96 to 160 pixels a side
///     DIR/val/<class>/…
///     DIR/meta/train.txt, val.txt                 lines of "<class>/<file> <label>"
///     DIR/meta/classes.txt                        the class of each label
///     DIR/meta/demo.txt                           the seed and the numbers of pictures
///     DIR/annotations/instances_train.json, …     boxes as COCO writes them
///     DIR/masks/train/<class>/<name>.png, …       a byte per pixel: 0 ground, label + 1 shape,
///                                                 255 its edge (to be ignored)
public enum DemoData {
  /// The names of the classes in the order of their labels.
  public static let classes = DemoShape.allCases.map(\.rawValue)

  /// Draws the pictures and writes all files; earlier demo data in the folder is replaced.
  ///
  /// - Parameters:
  ///   - folder: made if it does not exist; may not hold anything but demo data.
  ///   - trainCount, valCount: pictures, spread evenly over the classes.
  ///   - progress: told from any thread how many of all pictures are done.
  /// - Throws: ``VisionError/unwritable(file:reason:)``.
  public static func write(
    to folder: String, seed: UInt64 = 0, trainCount: Int = 2000, valCount: Int = 500,
    progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws(VisionError) {
    precondition(
      trainCount >= 0 && valCount >= 0, "\(trainCount) train and \(valCount) val pictures")
    try prepare(folder)
    let mark = "seed \(seed), \(trainCount) train, \(valCount) val\n"
    try FileBytes.write(Array(mark.utf8), to: "\(folder)/\(markName)", durably: true)
    let splits = [Split("train", count: trainCount), Split("val", count: valCount)]
    let counter = Counter(total: trainCount + valCount, report: progress)
    for (number, split) in splits.enumerated() {
      try write(split, key: UInt64(number), seed: seed, to: folder, counter: counter)
    }
    try FileBytes.write(
      Array((classes.joined(separator: "\n") + "\n").utf8), to: "\(folder)/meta/classes.txt",
      durably: true)
  }

  /// Tells demo data from other data, which has folders of the same names.
  private static let markName = "meta/demo.txt"
  private static let parts = ["train", "val", "masks", "annotations", "meta"]

  /// A part of the data with its file names.
  private struct Split {
    let name: String
    let files: [(shape: DemoShape, name: String)]

    init(_ name: String, count: Int) {
      self.name = name
      let shapes = DemoShape.allCases
      files = (0..<count).map { index in
        let shape = shapes[index % shapes.count]
        let number = String(index / shapes.count + 1)
        let padded = String(repeating: "0", count: max(0, 5 - number.count)) + number
        return (shape, "\(shape.rawValue)_\(padded)")
      }
    }
  }

  /// Makes the folders, after removing what an earlier run left.
  private static func prepare(_ folder: String) throws(VisionError) {
    let manager = FileManager.default
    let present = (try? manager.contentsOfDirectory(atPath: folder)) ?? []
    if !present.isEmpty {
      guard Folders.isFile("\(folder)/\(markName)"), present.allSatisfy(parts.contains) else {
        throw .unwritable(file: folder, reason: "the folder holds other files than demo data")
      }
    }
    do {
      for part in present { try manager.removeItem(atPath: "\(folder)/\(part)") }
      for part in ["annotations", "meta"] {
        try manager.createDirectory(
          atPath: "\(folder)/\(part)", withIntermediateDirectories: true)
      }
      for split in ["train", "val", "masks/train", "masks/val"] {
        for name in classes {
          try manager.createDirectory(
            atPath: "\(folder)/\(split)/\(name)", withIntermediateDirectories: true)
        }
      }
    } catch {
      throw .unwritable(file: folder, reason: error.localizedDescription)
    }
  }

  private static func write(
    _ split: Split, key: UInt64, seed: UInt64, to folder: String, counter: Counter
  ) throws(VisionError) {
    let results = Mutex<[Result<Entry, VisionError>?]>(
      Array(repeating: nil, count: split.files.count))
    let files = split.files
    DispatchQueue.concurrentPerform(iterations: files.count) { index in
      let result = Result { () throws(VisionError) in
        try draw(
          files[index].shape, name: files[index].name, split: split.name, folder: folder,
          generator: Generator(seed: seed, key: 0x6465_6d6f, key, UInt64(index)))
      }
      results.withLock { $0[index] = result }
      counter.advance()
    }
    var annotations = DemoAnnotations()
    var lines = ""
    for (index, result) in results.withLock({ $0 }).enumerated() {
      guard let entry = try result?.get() else { continue }
      let label = index % classes.count
      let id = index + 1
      let file = "\(classes[label])/\(files[index].name).jpeg"
      lines += "\(file) \(label)\n"
      annotations.images.append(
        .init(id: id, fileName: file, width: entry.width, height: entry.height))
      annotations.annotations.append(
        .init(
          id: id, imageID: id, categoryID: label + 1, box: entry.box, area: entry.area))
    }
    let json: [UInt8]
    let jsonFile = "\(folder)/annotations/instances_\(split.name).json"
    do {
      json = try annotations.json()
    } catch {
      throw .unwritable(file: jsonFile, reason: "\(error)")
    }
    try FileBytes.write(json, to: jsonFile, durably: true)
    try FileBytes.write(
      Array(lines.utf8), to: "\(folder)/meta/\(split.name).txt", durably: true)
  }

  /// What the annotations say of a picture.
  private struct Entry: Sendable {
    let width: Int
    let height: Int
    let box: [Int]
    let area: Int
  }

  private static func draw(
    _ shape: DemoShape, name: String, split: String, folder: String, generator: Generator
  ) throws(VisionError) -> Entry {
    var generator = generator
    let picture = DemoPicture(shape, generator: &generator)
    let quality = 80 + generator.integer(below: 16)
    try ImageEncoder.write(
      picture.image, to: "\(folder)/\(split)/\(shape.rawValue)/\(name).jpeg", quality: quality)
    try ImageEncoder.write(
      picture.mask, to: "\(folder)/masks/\(split)/\(shape.rawValue)/\(name).png")
    return Entry(
      width: picture.image.width, height: picture.image.height, box: picture.box,
      area: picture.area)
  }
}

/// Counts finished pictures from any thread.
private final class Counter: Sendable {
  private let total: Int
  private let report: @Sendable (Int, Int) -> Void
  private let done = Mutex(0)

  init(total: Int, report: @escaping @Sendable (Int, Int) -> Void) {
    self.total = total
    self.report = report
  }

  func advance() {
    let count = done.withLock { count in
      count += 1
      return count
    }
    report(count, total)
  }
}
