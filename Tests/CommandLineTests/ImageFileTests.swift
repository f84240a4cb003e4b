import Foundation
import Testing

/// Images of a user's data set: damaged, huge, of many formats.
@Suite struct ImageFileTests {
  private let folder: URL
  private let checkpoint: String

  init() throws {
    folder = try Tool.temporaryFolder()
    checkpoint = try DemoSet.run.get().appending(path: "iter_2.pth").path
  }

  /// Tests the demo's network on files by list.
  private func test(
    _ files: [String], _ more: [String] = [], options: [String] = [], addressSpace: Int? = nil
  ) throws -> Tool.Outcome {
    let list = folder.appending(path: "list.txt")
    try files.map { "\($0) 0\n" }.joined().write(to: list, atomically: true, encoding: .utf8)
    return try Tool.run(
      ["test", DemoSet.supernet, checkpoint] + (more.isEmpty ? ["--metrics", "accuracy"] : more)
        + DemoSet.options(
          ["data.test.data_prefix=\(folder.path)", "data.test.ann_file=\(list.path)"] + options),
      addressSpace: addressSpace)
  }

  private func put(_ bytes: [UInt8], _ name: String) throws {
    try Data(bytes).write(to: folder.appending(path: name))
  }

  private func copy(_ fixture: String, to name: String? = nil) throws {
    try FileManager.default.copyItem(
      at: Tool.root.appending(path: "Tests/Fixtures/images/files/\(fixture)"),
      to: folder.appending(path: name ?? fixture))
  }

  @Test func imagesOfAllFormatsAreRead() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let names = [
      "lossy.webp", "animated.webp", "deflate.tiff", "tiled.tif", "fax.tif", "rle8.bmp",
      "bits1.bmp", "p1.pbm", "p3.ppm",
    ]
    for name in names { try copy(name) }
    let outcome = try test(names)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(!outcome.errors.contains("damaged: "))
  }

  @Test func damageIsToldAndSkippedImagesKeepTheirPlace() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let names = ["baseline.jpg", "no_tables.jpg", "cut_baseline.jpg", "cut.png", "good.png"]
    for name in names { try copy(name) }
    let stopped = try test(names)
    #expect(stopped.status == 1)
    #expect(stopped.message.contains("\(folder.path)/no_tables.jpg: corrupt JPEG"))
    #expect(stopped.message.contains("with skip_corrupt=True in its config"))

    let out = folder.appending(path: "out.json")
    let outcome = try test(
      names, ["--metrics", "accuracy", "--out", out.path],
      options: ["data.test.skip_corrupt=True"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    for part in [
      "damaged: \(folder.path)/cut_baseline.jpg: Premature end of JPEG file",
      "skipped: \(folder.path)/no_tables.jpg: ", "skipped: \(folder.path)/cut.png: ",
    ] { #expect(outcome.errors.contains(part), "\(part): \(outcome.errors)") }
    #expect(outcome.output.contains("2 of 5 images were skipped"), "\(outcome.output)")
    let result = try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: out)) as? [String: Any])
    let labels = try #require(result["pred_label"] as? [Any])
    #expect(labels.map { $0 is NSNull } == [false, true, false, true, false])
  }

  /// Of a head that says 20 000 x 20 000, which are 1.2 GB of pixels.
  @Test func anImageTooLargeForMemoryIsAnError() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    func fixture(_ name: String) throws -> [UInt8] {
      Array(try Data(contentsOf: Tool.root.appending(path: "Tests/Fixtures/images/files/\(name)")))
    }
    let side: [UInt8] = [0x20, 0x4E, 0, 0]
    var bitmap = try fixture("rle8.bmp")
    bitmap.replaceSubrange(18..<26, with: side + side)
    try put(bitmap, "huge.bmp")
    var jpeg = try fixture("baseline.jpg")
    let frame = try #require(jpeg.indices.first { jpeg[$0] == 0xFF && jpeg[$0 + 1] == 0xC0 })
    jpeg.replaceSubrange(frame + 5..<frame + 9, with: [0x4E, 0x20, 0x4E, 0x20])
    try put(jpeg, "huge.jpg")
    try put(Array("P5 20000 20000 255\n".utf8), "huge.pgm")
    for name in ["huge.bmp", "huge.jpg", "huge.pgm"] {
      let outcome = try test([name], addressSpace: 1_500_000)
      #expect(outcome.status == 1, "\(name): \(outcome.errors)")
      #expect(
        outcome.message.contains("\(folder.path)/\(name): there is no memory for "),
        "\(outcome.errors)")
    }
    // Beyond what OpenCV reads.
    try put(Array("P5 200000 200000 255\n".utf8), "beyond.pgm")
    let outcome = try test(["beyond.pgm"])
    #expect(outcome.status == 1 && outcome.message.contains("200000x200000"), "\(outcome.errors)")
  }
}
