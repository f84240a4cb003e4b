/// What building hooks from a config needs besides the config itself.
public struct HookContext {
  /// Whether the runner counts epochs: the default of every hook's `by_epoch`.
  public var countsEpochs: Bool
  /// `log_config.interval`: the default of every logger hook's `interval`.
  public var logInterval: Int

  public init(countsEpochs: Bool, logInterval: Int = 10) {
    self.countsEpochs = countsEpochs
    self.logInterval = logInterval
  }
}
