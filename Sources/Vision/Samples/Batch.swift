public import Tensors

/// The samples of one step, ready to become a tensor.
public struct Batch: Sendable {
  /// The pixels of all pictures, stored N·H·W·C.
  public let images: [Float]
  /// `[N, C, H, W]`
  public let shape: Shape
  /// One class per picture; empty when the pipeline does not collect `gt_label`.
  public let labels: [Int]
  /// The place of each picture in the data set.
  public let indices: [Int]
  public let metas: [ImageMeta]
  /// The epoch and the place in it, counted from 0, so that a run can be resumed behind it.
  public let position: Position

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
    images: [Float], shape: Shape, labels: [Int], indices: [Int], metas: [ImageMeta],
    position: Position = Position(epoch: 0, batch: 0)
  ) {
    precondition(
      images.count == shape.count, "\(images.count) values cannot fill shape \(shape)")
    precondition(
      shape.rank == 4 && indices.count == shape[0] && metas.count == shape[0]
        && (labels.isEmpty || labels.count == shape[0]),
      "a batch of shape \(shape) with \(indices.count) indices, \(labels.count) labels")
    self.images = images
    self.shape = shape
    self.labels = labels
    self.indices = indices
    self.metas = metas
    self.position = position
  }

  /// The number of pictures.
  public var count: Int { indices.count }

  /// The pictures as an activation `[N, C, H, W]`, stored channels last.
  public func imageTensor(on device: any Device) -> Tensor {
    Tensor(channelsLast: images, shape: shape, on: device)
  }
}
