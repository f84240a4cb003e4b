internal import CKernels

extension CPUKernels {
  public func convert(_ source: Elements, to target: MutableElements, count: Int) {
    switch (source.floats, target.floats) {
    case (let source?, let target?):
      copy(Blocks(length: count, count: 1, sourceStride: 0, targetStride: 0), source, to: target)
    case (let source?, nil): ck_narrow(threadCount, source, target.address, count)
    case (nil, let target?): ck_widen(threadCount, source.address, target, count)
    case (nil, nil): target.address.copyMemory(from: source.address, byteCount: 2 * count)
    }
  }

  /// Calls `body` with the elements as float32.
  func withFloats<Result>(
    _ x: Elements, count: Int, _ body: (Source) -> Result
  ) -> Result {
    if let floats = x.floats { return body(floats) }
    let block = PoolBlock(byteCount: count * MemoryLayout<Float>.stride, pool: pool)
    convert(x, to: MutableElements(block.floats), count: count)
    return withExtendedLifetime(block) { body(UnsafePointer(block.floats)) }
  }

  /// Calls `body` with an address for float32 elements, and keeps what it wrote there in `y`.
  func writingFloats(_ y: MutableElements, count: Int, _ body: (Target) -> Void) {
    if let floats = y.floats { return body(floats) }
    let block = PoolBlock(byteCount: count * MemoryLayout<Float>.stride, pool: pool)
    body(block.floats)
    convert(Elements(UnsafePointer(block.floats)), to: y, count: count)
  }

  public func copy(_ blocks: Blocks, _ source: Source, to target: Target) {
    move(blocks, source, to: target, adds: false)
  }

  public func add(_ blocks: Blocks, _ source: Source, to target: Target) {
    move(blocks, source, to: target, adds: true)
  }

  private func move(_ blocks: Blocks, _ source: Source, to target: Target, adds: Bool) {
    ck_copy_blocks(
      threadCount, source, blocks.sourceStride, target, blocks.targetStride, blocks.length,
      blocks.count, adds ? 1 : 0)
  }

  public func transpose(
    _ source: Source, batch: Int, rows: Int, columns: Int, into target: Target
  ) {
    ck_transpose(threadCount, source, target, batch, rows, columns)
  }

  public func shuffleChannels(
    _ source: Source, pixels: Int, channels: Int, groups: Int, into target: Target
  ) {
    ck_channel_shuffle(threadCount, source, target, pixels, channels, groups)
  }

  public func interleave(
    _ a: Elements, _ b: Elements, pixels: Int, half: Int, into parts: CutChannels<MutableElements>
  ) {
    let precision = a.precision
    precondition(
      [b.precision, parts.first?.precision, parts.rest?.precision].allSatisfy {
        $0 ?? precision == precision
      }, "channels of several precisions are joined")
    ck_interleave(
      threadCount, precision.flag, a.address, b.address, parts.first?.address,
      parts.rest?.address, pixels, half, parts.cut)
  }

  public func deinterleave(
    _ parts: CutChannels<Source>, pixels: Int, half: Int, into a: Target, _ b: Target
  ) {
    ck_deinterleave(
      threadCount, Precision.float32.flag, parts.first, parts.rest, a, b, pixels, half, parts.cut)
  }
}
