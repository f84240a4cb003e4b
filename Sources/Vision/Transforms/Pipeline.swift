internal import Annotations
public import Configs
public import Tensors

/// The transforms that a sample goes through, in order.
public struct Pipeline: Sendable {
  public let transforms: [any Transform]

  public init(_ transforms: [any Transform]) {
    self.transforms = transforms
  }

  /// Builds the transforms that a config lists.
  ///
  /// - Parameter scope: the library whose transforms bare names mean.
  /// - Throws: `ConfigError` for an unknown transform or argument.
  public init(
    _ configs: [Config], path: ConfigPath, scope: Scope, context: VisionContext
  ) throws {
    var transforms: [any Transform] = []
    for (index, config) in configs.enumerated() {
      transforms.append(
        try context.catalogs.transforms.build(
          config, path: path.appending(index), scope: scope, context: context))
    }
    self.init(transforms)
  }

  public func callAsFunction(
    _ sample: Sample, generator: inout Generator
  ) throws(VisionError) -> Sample {
    var sample = sample
    for transform in transforms {
      try transform.apply(to: &sample, generator: &generator)
    }
    return sample
  }
}
