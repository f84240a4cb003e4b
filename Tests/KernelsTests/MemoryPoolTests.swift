import Kernels
import Testing

@Suite struct MemoryPoolTests {
  @Test func sameSizeComesBack() {
    let pool = MemoryPool()
    for byteCount in [0, 1, 64, 1000, 5_000_000] {
      let first = pool.allocate(byteCount: byteCount)
      #expect(Int(bitPattern: first) % 64 == 0)
      pool.deallocate(first)
      let second = pool.allocate(byteCount: byteCount)
      #expect(first == second)
      pool.deallocate(second)
    }
    #expect(pool.usedBytes == 0)
  }

  @Test func blocksHoldWhatWasAskedFor() {
    let pool = MemoryPool()
    let sizes = (0..<200).map { $0 * $0 * 37 }
    let blocks = sizes.map { pool.allocate(byteCount: $0) }
    for (index, block) in blocks.enumerated() {
      block.initializeMemory(as: UInt8.self, repeating: UInt8(index), count: sizes[index])
    }
    for (index, block) in blocks.enumerated() where sizes[index] > 0 {
      #expect(block.load(as: UInt8.self) == UInt8(index))
      #expect(block.load(fromByteOffset: sizes[index] - 1, as: UInt8.self) == UInt8(index))
    }
    // An eighth of a power of two, and a header of one cache line, is all that is lost.
    #expect(pool.usedBytes < sizes.reduce(0, +) * 9 / 8 + 200 * 640)
    for block in blocks { pool.deallocate(block) }
    #expect(pool.freeBytes >= sizes.reduce(0, +))
    pool.releaseFree()
    #expect(pool.freeBytes == 0)
  }

  @Test func aLittleLargerBlockServesToo() {
    let pool = MemoryPool()
    let large = pool.allocate(byteCount: 120_000)
    pool.deallocate(large)
    let smaller = pool.allocate(byteCount: 100_000)
    #expect(large == smaller)
    pool.deallocate(smaller)
    let again = pool.allocate(byteCount: 120_000)
    #expect(large == again)
    pool.deallocate(again)
  }
}
