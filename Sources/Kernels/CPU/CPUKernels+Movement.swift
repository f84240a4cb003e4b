internal import CKernels

extension CPUKernels {
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
    _ a: Source, stride aStride: Int, _ b: Source, stride bStride: Int, pixels: Int, half: Int,
    into target: Target
  ) {
    ck_interleave(threadCount, a, aStride, b, bStride, target, pixels, half)
  }

  public func deinterleave(
    _ source: Source, pixels: Int, half: Int, into a: Target, stride aStride: Int,
    and b: Target, stride bStride: Int
  ) {
    ck_deinterleave(threadCount, source, a, aStride, b, bStride, pixels, half)
  }
}
