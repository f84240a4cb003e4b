/// The context that data sets and pipelines are built in.
public struct VisionContext: Sendable {
  public var catalogs: VisionCatalogs
  /// The `test_mode` of a data set whose config does not say it.
  public var isTesting: Bool
  /// Takes warnings about odd data: empty class folders, skipped images.
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
