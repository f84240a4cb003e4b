internal import Annotations
internal import Configs
public import Tensors

/// Marks the place where upstream turns the image into a tensor. Here a batch becomes a tensor as
/// a whole, so nothing is left to do but to check that there is an image.
public struct ImageToTensor: Transform {
  private let facets: [Facet]

  public func apply(
    to sample: inout Sample, generator: inout Generator
  ) throws(VisionError) {
    if facets.contains(.image) { _ = try loadedImage(of: sample) }
  }

  init(_ reader: inout ConfigReader) throws(ConfigError) {
    facets = try reader.readFacets()
  }
}

/// Marks the place where upstream turns other values into tensors; checks that they are there.
public struct ToTensor: Transform {
  private let facets: [Facet]

  public func apply(
    to sample: inout Sample, generator: inout Generator
  ) throws(VisionError) {
    try require(facets, of: sample)
  }

  init(_ reader: inout ConfigReader) throws(ConfigError) {
    facets = try reader.readFacets()
  }
}

/// Ends a pipeline: keeps the facets that the model is to see.
public struct Collect: Transform {
  private let facets: [Facet]

  public func apply(
    to sample: inout Sample, generator: inout Generator
  ) throws(VisionError) {
    try require(facets, of: sample)
    sample.annotation.keep(Set(facets))
  }

  init(_ reader: inout ConfigReader) throws(ConfigError) {
    facets = try reader.readFacets()
    // All meta data travels along anyway.
    _ = try reader.readIfPresent("meta_keys", as: [String].self)
  }
}

extension Transform {
  /// Checks that the sample has all facets that a config names.
  fileprivate func require(_ facets: [Facet], of sample: Sample) throws(VisionError) {
    for facet in facets {
      if facet == .image {
        _ = try loadedImage(of: sample)
      } else if !sample.annotation.has(facet) {
        throw failure(on: sample, "the sample has no '\(facet.rawValue)'")
      }
    }
  }
}
