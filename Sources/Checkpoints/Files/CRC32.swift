internal import CKernels

/// The checksum of ZIP archives (IEEE 802.3 polynomial).
struct CRC32 {
  private var state: UInt32 = .max

  var value: UInt32 { ~state }

  static func of(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    var checksum = CRC32()
    checksum.update(bytes)
    return checksum.value
  }

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    state = ck_crc32(state, bytes.baseAddress, bytes.count)
  }
}
