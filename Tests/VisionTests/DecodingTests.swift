import Foundation
import Testing

@testable import Vision

@Suite struct DecodingTests {
  let fixtures: TransformFixtures

  init() throws {
    fixtures = try TransformFixtures.shared.get()
  }

  @Test func `decoded pixels equal those of OpenCV`() throws {
    var compared = 0
    for item in fixtures.cases(of: "decode") {
      guard let file = item["file"].text, let flag = item["flag"].text.flatMap(ColorMode.init),
        let output = item["output"].text, file != "truncated.jpg"
      else { continue }
      // 16-bit samples cannot be kept.
      if flag == .unchanged, file.contains("16") { continue }
      let expected = try fixtures.tensor(output)
      let image = try ImageDecoder.read(file: TransformFixtures.image(file), mode: flag)
      #expect(image == expected.image, "\(file) as \(flag)")
      compared += 1
    }
    #expect(compared > 80)
  }

  @Test(arguments: ["truncated.png", "header_only.jpg", "empty.jpg"])
  func `a damaged file is an error that names it`(name: String) throws {
    let file = TransformFixtures.image(name)
    let error = #expect(throws: VisionError.self) { try ImageDecoder.read(file: file) }
    #expect(error?.description.hasPrefix("\(file): ") == true)
    guard case .corruptImage = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  /// As `cv2.imread` has it; `imdecode`, which the fixture records, repeats the last row instead.
  @Test func `of a JPEG file that is cut short the rest is grey`() throws {
    let file = TransformFixtures.image("truncated.jpg")
    let decoded = try ImageDecoder.decoded(file: file, mode: .color)
    #expect(decoded.damage == "Premature end of JPEG file")
    let bytes = try #require(decoded.image.bytes)
    let item = try #require(
      fixtures.cases(of: "decode").first {
        $0["file"].text == "truncated.jpg" && $0["flag"].text == "color"
      })
    let expected = try #require(try fixtures.tensor(item["output"].text ?? "").image.bytes)
    let row = decoded.image.width * 3
    let same = zip(bytes, expected).prefix { $0 == $1 }.count
    // Whole rows of blocks agree, then grey follows.
    #expect(same >= 32 * row)
    #expect(bytes.suffix(row) == [UInt8](repeating: 128, count: row)[...])
  }

  @Test func `what is no picture and what is missing are told apart`() {
    let file = TransformFixtures.image("not_an_image.jpg")
    #expect(throws: VisionError.notAnImage(file: file)) { try ImageDecoder.read(file: file) }
    let missing = TransformFixtures.image("missing.jpg")
    #expect(throws: VisionError.unreadable(file: missing, reason: "No such file or directory")) {
      try ImageDecoder.read(file: missing)
    }
  }

  @Test(arguments: [
    "photo_420.jpg", "progressive.jpg", "rgb.png", "interlaced.png", "exif6.jpg", "rgb.bmp",
    "rgb.ppm", "gray.pgm",
  ])
  func `no damage traps`(name: String) throws {
    let original = [UInt8](
      try Data(contentsOf: URL(filePath: TransformFixtures.image(name))))
    var failures = 0
    for length in stride(from: 0, to: original.count, by: 37) {
      let decoded = try? ImageDecoder.decoded(
        Array(original[..<length]), file: name, mode: .color)
      if decoded?.damage != nil || decoded == nil { failures += 1 }
    }
    #expect(failures == (original.count + 36) / 37)
    for position in stride(from: 2, to: original.count, by: 11) {
      var damaged = original
      damaged[position] ^= 0x5A
      _ = try? ImageDecoder.decode(damaged, file: name)
    }
  }

  @Test func `written pictures can be read`() throws {
    let folder = try TemporaryFolder()
    let image = try fixtures.tensor("t0").image
    try ImageEncoder.write(image, to: "\(folder.path)/a.png")
    #expect(try ImageDecoder.read(file: "\(folder.path)/a.png") == image)
    try ImageEncoder.write(image, to: "\(folder.path)/a.jpeg", quality: 100)
    let decoded = try ImageDecoder.read(file: "\(folder.path)/a.jpeg")
    #expect(decoded.shape == image.shape)
    #expect(throws: VisionError.self) {
      try ImageEncoder.write(image, to: "\(folder.path)/no/such/a.png")
    }
  }

  @Test func `superfluous bytes before the end mark do no harm`() throws {
    var data = [UInt8](
      try Data(contentsOf: URL(filePath: TransformFixtures.image("photo_444.jpg"))))
    data.insert(contentsOf: [0x12, 0x34], at: data.count - 2)
    let image = try ImageDecoder.decode(data, file: "photo")
    #expect(image == (try fixtures.tensor("t3").image))
  }
}
