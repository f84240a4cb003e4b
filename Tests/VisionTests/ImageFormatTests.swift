import Foundation
import Tensors
import TestKit
import Testing

@testable import Vision

/// Files of many kinds against the pixels that OpenCV reads of them.
@Suite struct ImageFormatTests {
  private struct Record: Decodable {
    let opencv: String
    /// By file and mode, the tensor, the element type of what is not 8-bit, or nothing.
    let files: [String: [String: String?]]
  }

  private let record: Record
  private let tensors: SafetensorsFile

  init() throws {
    record = try JSONDecoder().decode(Record.self, from: Fixtures.data("images/images.json"))
    tensors = try Fixtures.tensors("images/images.safetensors")
  }

  private func path(_ name: String) -> String { Fixtures.url("images/files/\(name)").path() }

  private func image(_ tensor: String) throws -> Image {
    let shape = try tensors.shape(tensor)
    return Image(
      width: shape[1], height: shape[0], channels: shape.rank == 2 ? 1 : shape[2],
      bytes: try tensors.values(tensor).map { UInt8($0) })
  }

  private func difference(_ a: Image, _ b: Image) -> Int {
    guard a.shape == b.shape, let first = a.bytes, let second = b.bytes else { return .max }
    return zip(first, second).reduce(0) { max($0, abs(Int($1.0) - Int($1.1))) }
  }

  /// Files that OpenCV 5 refuses or mistakes.
  private static let onlyReadHere = [
    // OpenCV looks for the masks behind the longer head.
    "fields565_v4.bmp",
    // OpenCV 4 reads these.
    "orientation5.tif", "orientation6.tif", "orientation7.tif", "orientation8.tif",
    // OpenCV takes red for blue, and bytes for bits.
    "p7_rgb.pam", "p7_rgb_alpha.pam", "p7_blackandwhite.pam",
  ]

  @Test func `pixels equal those of OpenCV`() throws {
    var (compared, refused) = (0, 0)
    for (file, modes) in record.files {
      for (flag, tensor) in modes {
        let mode = try #require(ColorMode(rawValue: flag))
        if Self.onlyReadHere.contains(file) { continue }
        guard let tensor, tensor.hasPrefix("i") else {
          #expect(throws: VisionError.self, "\(file) as \(flag)") {
            try ImageDecoder.read(file: path(file), mode: mode)
          }
          refused += 1
          continue
        }
        let expected = try image(tensor)
        do {
          let found = try ImageDecoder.read(file: path(file), mode: mode)
          // Releases of libjpeg smooth what is missing in other ways; OpenCV 4 and 5 round the grey
          // of masked pixels in two ways.
          let isLoose =
            file == "cut_progressive.jpg" || file.hasPrefix("fields32_") && flag == "grayscale"
          let difference = difference(found, expected)
          #expect(
            difference <= (isLoose ? 1 : 0),
            "\(file) as \(flag): \(found.shape), \(expected.shape), \(difference)")
        } catch {
          Issue.record("\(file) as \(flag): \(error)")
        }
        compared += 1
      }
    }
    #expect(compared > 300 && refused > 40, "\(compared), \(refused)")
  }

  @Test func `files that only OpenCV 4 reads, or none, are right`() throws {
    #expect(
      try ImageDecoder.read(file: path("fields565_v4.bmp"))
        == ImageDecoder.read(file: path("fields565.bmp")))
    let color = try ImageDecoder.read(file: path("p6.ppm"))
    #expect(try ImageDecoder.read(file: path("p7_rgb.pam")) == color)
    #expect(try ImageDecoder.read(file: path("p7_rgb_alpha.pam")) == color)
    let bits = try ImageDecoder.read(file: path("p4.pbm")).bytes
    #expect(
      try ImageDecoder.read(file: path("p7_blackandwhite.pam")).bytes == bits?.map { 255 - $0 })
    let rows = try #require(try ImageDecoder.read(file: path("rgb.tif")).bytes).prefix(5 * 19 * 3)
    let stored = Image(width: 19, height: 5, channels: 3, bytes: Array(rows))
    for value in 2...8 {
      let orientation = try #require(ExifOrientation(rawValue: value))
      for mode in [ColorMode.color, .colorIgnoringOrientation, .unchanged] {
        #expect(
          try ImageDecoder.read(file: path("orientation\(value).tif"), mode: mode)
            == stored.upright(from: orientation), "\(value)")
      }
    }
  }

  @Test func `damage from which the decoder recovers is told`() throws {
    // The bytes of `damaged_…` are wrong and nothing tells: the data still has its form.
    let damaged = [
      "cut_baseline.jpg", "cut_cmyk.jpg", "cut_gray.jpg", "cut_progressive.jpg", "cut_restart.jpg",
      "no_data.jpg", "no_end.jpg",
    ]
    for name in record.files.keys where record.files[name]?["color"] != .some(nil) {
      let decoded = try ImageDecoder.decoded(file: path(name), mode: .color)
      #expect(
        (decoded.damage != nil) == damaged.contains(name), "\(name): \(decoded.damage as Any)")
    }
    let cut = try ImageDecoder.decoded(file: path("cut_baseline.jpg"), mode: .color)
    #expect(cut.damage == "Premature end of JPEG file")
    #expect(cut.image.bytes?.suffix(3) == [128, 128, 128])
  }

  @Test(arguments: [
    "lossy.webp", "alpha.webp", "animated.webp", "lzw.tif", "jpeg.tif", "fax.tif", "tiled.tif",
    "palette.tif", "rle8.bmp", "rle4.bmp", "bits4.bmp", "fields565.bmp", "core.bmp",
    "fields32_v5.bmp", "p1.pbm", "p3.ppm", "p4.pbm", "p6_deep.ppm", "p7_rgb_alpha.pam",
  ])
  func `no damage traps`(name: String) throws {
    let original = [UInt8](try Data(contentsOf: URL(filePath: path(name))))
    for length in stride(from: 0, to: original.count, by: 7) {
      _ = try? ImageDecoder.decode(Array(original[..<length]), file: name)
    }
    for position in 0..<original.count {
      for flip in [UInt8(0x5A), 0xFF, 0x80] {
        var damaged = original
        damaged[position] ^= flip
        _ = try? ImageDecoder.decode(damaged, file: name)
      }
    }
  }

  @Test func `known formats that are not read are named`() {
    for (head, name) in [
      ("GIF89a", "GIF"), ("\u{0}\u{0}\u{0}\u{1C}ftypavif", "AVIF"),
      ("\u{0}\u{0}\u{0}\u{1C}ftypheic", "HEIF"), ("#?RADIANCE\n", "Radiance HDR"),
      ("\u{0}\u{0}\u{0}\u{C}jP  ", "JPEG 2000"),
    ] {
      #expect(
        throws: VisionError.unsupportedImage(file: "x", reason: "\(name) images cannot be read")
      ) {
        try ImageDecoder.decode(Array(head.utf8), file: "x")
      }
    }
    for data in [[], Array("GI".utf8), Array("P8 1 1".utf8), Array("RIFF1234WAVE".utf8)] {
      #expect(throws: VisionError.self) { try ImageDecoder.decode(data, file: "x") }
    }
  }
}
