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

  @Test(arguments: [[0, 1, 2], [0, 2, 1], [1, 0, 2], [2, 1, 0], [1, 2, 0], [2, 0, 1]])
  func freeNeighboursServeAsOne(order: [Int]) {
    let pool = MemoryPool()
    let blocks = (0..<3).map { _ in pool.allocate(byteCount: 1 << 20) }
    let wall = pool.allocate(byteCount: 1 << 20)
    let total = pool.usedBytes + pool.freeBytes
    for index in order { pool.deallocate(blocks[index]) }
    let whole = pool.allocate(byteCount: 3 << 20)
    #expect(pool.usedBytes + pool.freeBytes == total)
    for block in [whole, wall] { pool.deallocate(block) }
  }

  @Test func everNewSizesDoNotPileUp() {
    let pool = MemoryPool()
    var state: UInt64 = 1
    func size() -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return 70_000 + Int(state >> 33) % 5_000_000
    }
    for _ in 0..<200 {
      // A forward pass, with room that is needed for a moment, and its backward pass.
      var kept: [UnsafeMutableRawPointer] = []
      for _ in 0..<20 {
        let scratch = pool.allocate(byteCount: size())
        kept.append(pool.allocate(byteCount: size()))
        pool.deallocate(scratch)
      }
      for block in kept.reversed() { pool.deallocate(block) }
    }
    #expect(pool.usedBytes == 0)
    #expect(pool.freeBytes < pool.peakBytes * 5 / 4)
  }

  @Test func whatIsReleasedIsGivenAnew() {
    let pool = MemoryPool()
    let blocks = [3 << 20, 70_000, 9 << 20].map { pool.allocate(byteCount: $0) }
    pool.deallocate(blocks[0])
    pool.deallocate(blocks[2])
    pool.releaseFree()
    // Less than two whole pages of 2 MB are left, on either side of what is in use.
    #expect(pool.freeBytes < 4 << 20)
    let again = pool.allocate(byteCount: 20 << 20)
    again.initializeMemory(as: UInt8.self, repeating: 1, count: 20 << 20)
    for block in [again, blocks[1]] { pool.deallocate(block) }
    #expect(pool.usedBytes == 0)
  }
}
