public import Configs

/// Config files as mmcv knows them: `.py`, `.json`, `.yaml`.
public enum ConfigFile {
  /// Reads the config at `path` with its bases, and applies overrides to it.
  ///
  /// Python files are evaluated by the CPython that is embedded in the process; it is started at
  /// the first such file. The configs evaluated in one process do not affect each other.
  ///
  /// ```swift
  /// let loaded = try ConfigFile.load(
  ///   "configs/nas/spos/spos_supernet_shufflenetv2_8xb128_in1k.py",
  ///   overrides: ["runner.max_iters=12", "data.train.pipeline.1.size=64"])
  /// let iterations = loaded.config[path: "runner.max_iters"]
  /// ```
  ///
  /// - Parameters:
  ///   - path: absolute, relative to the working directory, or beginning with `~`.
  ///   - overrides: `key.path=value` texts, as `--cfg-options` takes them.
  /// - Throws: ``Configs/ConfigFileError`` for a file, base, import or override that is wrong.
  public static func load(
    _ path: String, overrides: [String] = []
  ) throws(ConfigFileError) -> LoadedConfig {
    var loaded = try ConfigLoader(evaluator: EmbeddedEvaluator()).load(path)
    loaded.config = try loaded.config.applying(ConfigOverrides.parse(overrides))
    loaded.warnings += try CustomImports(loaded)?.run() ?? []
    return loaded
  }
}
