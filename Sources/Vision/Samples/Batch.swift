public import Annotations
internal import Tensors

/// The samples of one step, ready to become tensors.
public struct Batch: Sendable {
  /// The images as the network is to see them: once, or once for each view of test-time
  /// augmentation.
  public let views: [View]
  /// One annotation for each image, with the facets that the pipeline collects.
  public let annotations: [ImageAnnotation]
  /// The place of each image in the data set.
  public let indices: [Int]
  /// The places in the batch of images that stand in for damaged ones. A network trains on them;
  /// they are no images of ``indices``, and what it says of them is not evaluated.
  public let standIns: [Int]
  /// The epoch and the place in it, counted from 0, so that a run can be resumed behind it.
  public let position: Position

  /// All images of a batch, seen one way.
  public struct View: Sendable {
    public let pixels: PixelBatch
    public let metas: [ImageMeta]

    public init(pixels: PixelBatch, metas: [ImageMeta]) {
      precondition(
        metas.count == pixels.count, "\(metas.count) metas for pixels of \(pixels.shape)")
      self.pixels = pixels
      self.metas = metas
    }
  }

  /// A place in the sequence of batches.
  public struct Position: Sendable, Hashable, Codable {
    public var epoch: Int
    public var batch: Int

    public init(epoch: Int, batch: Int) {
      self.epoch = epoch
      self.batch = batch
    }
  }

  public init(
    views: [View], annotations: [ImageAnnotation], indices: [Int], standIns: [Int] = [],
    position: Position = Position(epoch: 0, batch: 0)
  ) {
    precondition(
      !views.isEmpty && annotations.count == indices.count
        && views.allSatisfy { $0.pixels.count == indices.count },
      "\(indices.count) indices, \(annotations.count) annotations, views of "
        + views.map { "\($0.pixels.shape)" }.joined(separator: ", "))
    self.views = views
    self.annotations = annotations
    self.indices = indices
    self.standIns = standIns
    self.position = position
  }

  public init(
    pixels: PixelBatch, metas: [ImageMeta], annotations: [ImageAnnotation], indices: [Int],
    position: Position = Position(epoch: 0, batch: 0)
  ) {
    self.init(
      views: [View(pixels: pixels, metas: metas)], annotations: annotations, indices: indices,
      position: position)
  }

  /// The number of images.
  public var count: Int { indices.count }
  /// The pixels of the first view, which is the only one unless a pipeline augments at test time.
  public var pixels: PixelBatch { views[0].pixels }
  /// The facts about the images of the first view.
  public var metas: [ImageMeta] { views[0].metas }
  /// The class of each image; `nil` unless all are known.
  public var labels: [Int]? {
    let labels = annotations.compactMap(\.label)
    return labels.count == annotations.count ? labels : nil
  }

  /// Bytes of all pixels.
  public var byteCount: Int {
    views.reduce(0) { $0 + $1.pixels.values.count * MemoryLayout<Float>.stride }
  }

  /// The same batch at another place.
  public func moved(to position: Position) -> Batch {
    Batch(
      views: views, annotations: annotations, indices: indices, standIns: standIns,
      position: position)
  }

  /// The values that belong to images of the data set, without those of stand-ins.
  ///
  /// - Parameter values: one for each image of the batch.
  public func withoutStandIns<Value>(_ values: [Value]) -> [Value] {
    precondition(values.count == count, "\(values.count) values for \(count) images")
    guard !standIns.isEmpty else { return values }
    let dropped = Set(standIns)
    return values.indices.filter { !dropped.contains($0) }.map { values[$0] }
  }
}
