internal import Kernels
internal import Synchronization

extension CPU {
  /// Applies `body` to parts of a batch, each on one processor, and joins what it returns.
  ///
  /// Processors that work on images of their own never wait for each other.
  ///
  /// - Parameters:
  ///   - images: `[N, C, H, W]`, on no tape.
  ///   - body: a function of each image by itself, to values with the images on the first axis. It
  ///     may read parameters and buffers, and must change nothing: it runs on several threads.
  public func mapImages(_ images: Tensor, _ body: (Tensor) -> Tensor) -> Tensor {
    precondition(images.trace == nil, "parts of a batch are computed off the tape")
    let count = images.shape[0]
    let size = partSize(of: images.shape)
    let parts = stride(from: 0, to: count, by: size).map { $0..<min($0 + size, count) }
    guard !workers.isEmpty, parts.count >= workers.count else { return body(images) }
    let results = withoutActuallyEscaping(body) { body in
      let work = PartialWork(images: images, parts: parts, workers: workers, body: body)
      kernels.onWorkers { work.run(worker: $0) }
      return work.results
    }
    return joined(results)
  }

  /// The images of a part: as many as there may be, so that weights and calls count for little, but
  /// as much for each worker.
  private func partSize(of shape: Shape) -> Int {
    let pixels = max(shape[2] * shape[3], 1)
    let (least, most) = (max(Self.leastPixels / pixels, 1), max(Self.mostPixels / pixels, 1))
    let turns = max(workers.count, 1) * ((shape[0] - 1) / (max(workers.count, 1) * most) + 1)
    return max((shape[0] + turns - 1) / turns, least)
  }

  /// One image of 224²: less is not worth dividing.
  private static let leastPixels = 224 * 224

  /// Eight of them. More are hardly faster, and take memory.
  private static let mostPixels = 8 * leastPixels

  private func joined(_ parts: [Tensor]) -> Tensor {
    let count = parts.reduce(0) { $0 + $1.shape[0] }
    let result = Tensor.uninitialized(
      parts[0].shape.replacing(axis: 0, with: count), layout: parts[0].layout, on: self)
    var start = 0
    for part in parts {
      result.writeSlice(part, axis: 0, start: start, adds: false)
      start += part.shape[0]
    }
    return result
  }
}

/// The parts of a batch that several threads take one by one.
///
/// Tensors, parameters and modules are not made for several threads. Handing them over is safe
/// here: the caller waits for all of them, the function only reads what it shares, every tensor that
/// it makes belongs to the one worker device it runs on, and no two threads take the same part.
private final class PartialWork {
  private let images: Tensor
  private let source: Source
  private let parts: [Range<Int>]
  private let workers: [CPU]
  private let body: (Tensor) -> Tensor
  private let next = Mutex(0)
  /// Each slot is written by the thread that took its part.
  private let slots: UnsafeMutableBufferPointer<Tensor?>

  init(images: Tensor, parts: [Range<Int>], workers: [CPU], body: @escaping (Tensor) -> Tensor) {
    self.images = images
    source = images.source
    self.parts = parts
    self.workers = workers
    self.body = body
    slots = .allocate(capacity: parts.count)
    slots.initialize(repeating: nil)
  }

  deinit {
    slots.deinitialize()
    slots.deallocate()
  }

  func run(worker: Int) {
    while let index = takePart() {
      slots[index] = body(image(parts[index], on: workers[worker]))
    }
  }

  private func takePart() -> Int? {
    next.withLock { next in
      defer { next += 1 }
      return next < parts.count ? next : nil
    }
  }

  /// In the memory of all of them, where the worker's kernels can read it there.
  private func image(_ range: Range<Int>, on device: CPU) -> Tensor {
    let shape = images.shape.replacing(axis: 0, with: range.count)
    let perImage = shape.count / range.count
    let size = perImage * DType.float32.byteCount
    let bytes = (range.lowerBound * size)..<(range.upperBound * size)
    if let part = Storage(bytes, of: images.storage, at: source, on: device) {
      return Tensor(storage: part, shape: shape, layout: images.layout)
    }
    let part = Tensor.uninitialized(shape, layout: images.layout, on: device)
    device.kernels.copy(
      Blocks(length: shape.count, count: 1, sourceStride: 0, targetStride: 0),
      source + range.lowerBound * perImage, to: part.target)
    return part
  }

  /// The results in the order of the parts, once every thread is done.
  var results: [Tensor] { slots.compactMap(\.self) }
}
