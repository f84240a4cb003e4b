/// What building data sets and pipelines from a config needs besides the config itself.
public struct VisionContext: Sendable {
  public var catalogs: VisionCatalogs
  /// What `test_mode` is where a data set's config does not say.
  public var isTesting: Bool
  /// Told about what is odd but not wrong: empty class folders, skipped pictures.
  public var warn: @Sendable (String) -> Void

  public init(
    catalogs: VisionCatalogs = .builtIn, isTesting: Bool = false,
    warn: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    self.catalogs = catalogs
    self.isTesting = isTesting
    self.warn = warn
  }
}
