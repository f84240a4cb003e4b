internal import CKernels

extension CPUKernels {
  public func alignRegions(
    _ problem: RegionProblem, boxes: Source, _ x: Source, into y: Target,
    chosen: UnsafeMutablePointer<Int32>?
  ) {
    var lowered = problem.lowered
    let scratch = floatScratch(count: ck_region_scratch(threadCount, &lowered))
    ck_region_align(threadCount, &lowered, boxes, x, y, chosen, scratch)
  }

  public func alignRegionsBackward(
    _ problem: RegionProblem, boxes: Source, chosen: UnsafePointer<Int32>?, gradient dy: Source,
    into dx: Target
  ) {
    var lowered = problem.lowered
    let scratch = floatScratch(count: ck_region_scratch(threadCount, &lowered))
    ck_region_align_backward(threadCount, &lowered, boxes, chosen, dy, dx, scratch)
  }
}

extension RegionProblem {
  fileprivate var lowered: ck_regions {
    ck_regions(
      images: images, channels: channels, height: inputSize.x, width: inputSize.y, count: regions,
      out_height: outputSize.x, out_width: outputSize.y, scale: scale, samples: samples,
      aligned: isAligned ? 1 : 0)
  }
}
