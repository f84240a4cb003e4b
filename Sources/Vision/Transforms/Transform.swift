public import Tensors

/// One step of a pipeline, under the name and with the parameters it has upstream.
public protocol Transform: Sendable {
  /// Changes the sample. Chance comes from `generator` only, so that a sample looks the same
  /// whichever thread prepares it.
  func apply(to sample: inout Sample, generator: inout Generator) throws(VisionError)
}

extension Transform {
  /// The name that configs and messages use.
  var name: String { String(describing: Self.self) }

  /// The picture of the sample, which a loading transform must have put there.
  func loadedImage(of sample: Sample) throws(VisionError) -> Image {
    guard let image = sample.image else {
      throw failure(on: sample, "there is no picture yet; a pipeline starts with LoadImageFromFile")
    }
    return image
  }

  func failure(on sample: Sample, _ reason: String) -> VisionError {
    .transformFailed(transform: name, file: sample.meta.filename, reason: reason)
  }
}
