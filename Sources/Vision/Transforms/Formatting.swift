internal import Configs
public import Tensors

/// Marks the place where upstream turns the picture into a tensor. Here a batch becomes a tensor as
/// a whole, so nothing is left to do but to check that there is a picture.
public struct ImageToTensor: Transform {
  private let keys: [String]

  public func apply(
    to sample: inout Sample, generator: inout Generator
  ) throws(VisionError) {
    if keys.contains("img") { _ = try loadedImage(of: sample) }
  }

  init(_ reader: inout ConfigReader) throws(ConfigError) {
    keys = try reader.readKeys()
  }
}

/// Marks the place where upstream turns other values into tensors; checks that they are there.
public struct ToTensor: Transform {
  private let keys: [String]

  public func apply(
    to sample: inout Sample, generator: inout Generator
  ) throws(VisionError) {
    if keys.contains("img") { _ = try loadedImage(of: sample) }
    if keys.contains("gt_label"), sample.label == nil {
      throw failure(on: sample, "the sample has no 'gt_label'")
    }
  }

  init(_ reader: inout ConfigReader) throws(ConfigError) {
    keys = try reader.readKeys()
  }
}

/// Ends a pipeline: keeps the keys that the model is to see.
public struct Collect: Transform {
  private let keys: [String]

  public func apply(
    to sample: inout Sample, generator: inout Generator
  ) throws(VisionError) {
    if keys.contains("img") {
      _ = try loadedImage(of: sample)
    }
    if !keys.contains("gt_label") {
      sample.label = nil
    } else if sample.label == nil {
      throw failure(on: sample, "the sample has no 'gt_label'")
    }
  }

  init(_ reader: inout ConfigReader) throws(ConfigError) {
    keys = try reader.readKeys()
    // All meta data travels along anyway.
    _ = try reader.readIfPresent("meta_keys", as: [String].self)
  }
}
