public import OrderedCollections

/// Turns the text of one `.py` config into its top-level values; knows nothing of inheritance.
public protocol PythonEvaluator {
  /// The value that the text gives `_base_`, if the text uses values of its bases
  /// (`{{ _base_.name }}`, `_base_.name`) and so needs them before it can run.
  func basesNeeded(by source: ConfigSource) throws(ConfigFileError) -> Config?

  /// The values of the module's names, in the order of their first assignment, `_base_` included
  /// unless `bases` are given.
  ///
  /// - Parameter bases: the merged bases, for a text that needs them.
  func evaluate(
    _ source: ConfigSource, seeing bases: Config?
  ) throws(ConfigFileError) -> OrderedDictionary<Config.Key, Config>
}
