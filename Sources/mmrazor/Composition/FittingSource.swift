internal import Configs
internal import Tensors
internal import Training
internal import Vision

/// Batches that are compared with what the network takes before they go there.
struct FittingSource: BatchSource {
  private let source: any BatchSource
  private let channelCount: Int
  private let pipeline: ConfigPath

  /// - Parameters:
  ///   - channelCount: of the images that the network takes.
  ///   - pipeline: the place in the config of what makes the images, for messages.
  init(_ source: any BatchSource, channelCount: Int, pipeline: ConfigPath) {
    self.source = source
    self.channelCount = channelCount
    self.pipeline = pipeline
  }

  var dataset: any Dataset { source.dataset }
  var batchCount: Int { source.batchCount }

  func stream(epoch: Int, from start: Int) -> any BatchStream {
    Stream(batches: source.stream(epoch: epoch, from: start), self)
  }

  func endlessStream(from start: Batch.Position) -> any BatchStream {
    Stream(batches: source.endlessStream(from: start), self)
  }

  private func check(_ batch: Batch) throws(ConfigError) {
    guard batch.pixels.shape[1] != channelCount else { return }
    throw .invalidValue(
      path: pipeline,
      message:
        "gives images of \(count(batch.pixels.shape[1])), but the network takes \(channelCount); "
        + "see color_type of LoadImageFromFile, and in_channels of the backbone")
  }

  private func count(_ channels: Int) -> String {
    channels == 1 ? "1 channel" : "\(channels) channels"
  }

  private final class Stream: BatchStream {
    private let batches: any BatchStream
    private let source: FittingSource

    init(batches: any BatchStream, _ source: FittingSource) {
      self.batches = batches
      self.source = source
    }

    func next() throws -> Batch? {
      let batch = try batches.next()
      if let batch { try source.check(batch) }
      return batch
    }
  }
}
