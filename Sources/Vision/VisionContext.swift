public import Configs

/// What building data sets and pipelines from a config needs besides the config itself.
public struct VisionContext: Sendable {
  public var transforms: Catalog<any Transform, VisionContext>
  public var datasets: Catalog<any Dataset, VisionContext>
  /// What `test_mode` is where a data set's config does not say.
  public var isTesting: Bool
  /// Told about what is odd but not wrong: empty class folders, skipped pictures.
  public var warn: @Sendable (String) -> Void

  public init(
    transforms: Catalog<any Transform, VisionContext> = VisionCatalogs.transforms,
    datasets: Catalog<any Dataset, VisionContext> = VisionCatalogs.datasets,
    isTesting: Bool = false,
    warn: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    self.transforms = transforms
    self.datasets = datasets
    self.isTesting = isTesting
    self.warn = warn
  }
}
