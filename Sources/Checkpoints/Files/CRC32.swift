/// The checksum of ZIP archives (IEEE 802.3 polynomial), sixteen bytes at a time (Kounavis & Berry,
/// "Novel Table Lookup-Based Algorithms for High-Performance CRC Generation", 2008).
struct CRC32 {
  private var state: UInt32 = .max

  var value: UInt32 { ~state }

  static func of(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    var checksum = CRC32()
    checksum.update(bytes)
    return checksum.value
  }

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress else { return }
    Self.tables.withUnsafeBufferPointer { tables in
      var crc = state
      var cursor = start
      let wide = bytes.count & ~15
      let stop = start + wide
      while cursor < stop {
        let low = UInt64(littleEndian: cursor.loadUnaligned(as: UInt64.self)) ^ UInt64(crc)
        let high = UInt64(littleEndian: cursor.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        crc = 0
        for index in 0..<8 {
          let shift = UInt64(index &* 8)
          crc ^= tables[(15 &- index) &* 256 &+ Int(truncatingIfNeeded: (low &>> shift) & 0xFF)]
          crc ^= tables[(7 &- index) &* 256 &+ Int(truncatingIfNeeded: (high &>> shift) & 0xFF)]
        }
        cursor += 16
      }
      for index in wide..<bytes.count {
        crc = crc &>> 8 ^ tables[Int(truncatingIfNeeded: crc ^ UInt32(bytes[index])) & 0xFF]
      }
      state = crc
    }
  }

  /// Table `k` advances a byte by `k` further zero bytes.
  private static let tables: [UInt32] = {
    var tables = [UInt32](repeating: 0, count: 16 * 256)
    for byte in 0..<256 {
      var crc = UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
      tables[byte] = crc
    }
    for index in 256..<tables.count {
      let previous = tables[index - 256]
      tables[index] = previous >> 8 ^ tables[Int(previous & 0xFF)]
    }
    return tables
  }()
}
