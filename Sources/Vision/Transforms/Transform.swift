internal import Annotations
public import Tensors

/// One step of a pipeline, under the name and with the parameters it has upstream.
public protocol Transform: Sendable {
  /// The name that configs and messages use.
  var name: String { get }

  /// Changes the sample. Chance comes from `generator` only, so that a sample looks the same
  /// whichever thread prepares it.
  func apply(to sample: inout Sample, generator: inout Generator) throws(VisionError)
}

extension Transform {
  public var name: String { String(describing: Self.self) }

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

extension Transform {
  /// Replaces the picture; what cannot be done is reported with the file's name.
  func replaceImage(
    of sample: inout Sample, _ change: (Image) throws(ImagingFailure) -> Image
  ) throws(VisionError) {
    let image = try loadedImage(of: sample)
    do {
      sample.image = try change(image)
    } catch {
      throw failure(on: sample, error.reason)
    }
  }

  /// Changes the picture in place; what cannot be done is reported with the file's name.
  func modifyImage(
    of sample: inout Sample, _ change: (inout Image) throws(ImagingFailure) -> Void
  ) throws(VisionError) {
    _ = try loadedImage(of: sample)
    do {
      try sample.modifyImage { image throws(ImagingFailure) in try change(&image) }
    } catch {
      throw failure(on: sample, error.reason)
    }
  }
}
