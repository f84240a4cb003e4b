import Testing

@testable import Checkpoints

@Suite("CRC-32")
struct ChecksumTests {
  /// Bit by bit, as the polynomial is defined.
  private func reference(_ bytes: [UInt8]) -> UInt32 {
    var crc = UInt32.max
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    return ~crc
  }

  @Test("The check value of the catalogue of CRC algorithms")
  func checkValue() {
    #expect(Array("123456789".utf8).withUnsafeBytes(CRC32.of) == 0xCBF4_3926)
    #expect([UInt8]().withUnsafeBytes(CRC32.of) == 0)
  }

  @Test("Every length and split gives what the definition gives")
  func lengths() {
    let bytes = (0..<6000).map { UInt8(truncatingIfNeeded: $0 * $0 * 7 + $0 >> 3) }
    // Beyond 1024 bytes wider instructions take over, 256 bytes at a time.
    for count in Array(0...300) + [1023, 1024, 1025, 1279, 1280, 1281, 1599, 4096, 5990] {
      let part = Array(bytes[(count % 5)..<(count % 5 + count)])
      let expected = reference(part)
      #expect(part.withUnsafeBytes(CRC32.of) == expected)
      var pieces = CRC32()
      part.prefix(count / 3).withUnsafeBytes { pieces.update($0) }
      part.dropFirst(count / 3).withUnsafeBytes { pieces.update($0) }
      #expect(pieces.value == expected)
    }
  }
}
