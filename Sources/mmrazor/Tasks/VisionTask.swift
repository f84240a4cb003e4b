internal import ArgumentParser
internal import Configs
internal import Vision

/// The facts that the commands of the program need about a task: classification, detection or
/// segmentation, one library of OpenMMLab each.
struct VisionTask: Sendable {
  /// The scope of the task's models, data sets and transforms.
  let scope: Scope
  /// The type of `architecture` that holds the task's models.
  let architecture: String
  /// The key under which checkpoints tell the version of the task's library.
  let versionKey: String
  /// The version of the library that checkpoints are compatible with.
  let version: String
  /// The writer of `test --out`; `nil` while the task has no models here.
  let results: (any ResultWriter)?
  /// Makes the painter of `test --show-dir` from `--show-options`.
  let painter: (@Sendable (Config) throws(ConfigError) -> any ResultPainter)?
  /// The flags of `test` that only some tasks have and this one does.
  let testFlags: Set<String>
  /// The way in which images of different sizes become one batch.
  let joining: BatchJoining

  static let mmcls = VisionTask(
    scope: .mmcls, architecture: "MMClsArchitecture", versionKey: "mmcls_version",
    version: "0.23.2", results: ClassificationResults(),
    painter: { options throws(ConfigError) in try ClassificationPainter(options: options) },
    testFlags: [], joining: .refuse)
  static let mmdet = VisionTask(
    scope: .mmdet, architecture: "MMDetArchitecture", versionKey: "mmdet_version",
    version: "2.25.0", results: nil, painter: nil,
    testFlags: ["--work-dir", "--format-only", "--show-score-thr"], joining: .pad())
  static let mmseg = VisionTask(
    scope: .mmseg, architecture: "MMSegArchitecture", versionKey: "mmseg_version",
    version: "0.25.0", results: nil, painter: nil,
    testFlags: ["--work-dir", "--format-only", "--aug-test", "--opacity"], joining: .pad())

  static let all = [mmcls, mmdet, mmseg]

  /// The name that stands in each line of the log.
  var loggerName: String { scope.name }

  static func named(_ scope: String) -> VisionTask? {
    all.first { $0.scope.name == scope }
  }
}

extension VisionTask {
  /// The task of a config: that of its architecture, or of a bare model's type, or else the
  /// launcher's.
  ///
  /// - Parameter launcher: the task that the program was started for, if it was for one.
  /// - Throws: `ConfigError` when launcher and architecture are of different tasks.
  static func of(_ config: Config, launcher: VisionTask?) throws(ConfigError) -> VisionTask {
    let path: ConfigPath = "algorithm.architecture.type"
    if let type = config["algorithm"]?["architecture"]?["type"]?.text {
      let name = type.split(separator: ".").last.map(String.init)
      guard let task = all.first(where: { $0.architecture == name }) else {
        return launcher ?? mmcls
      }
      guard launcher == nil || launcher?.scope == task.scope else {
        throw .invalidValue(
          path: path,
          message: "\(type) holds models of \(task.scope), but the program was started for "
            + "\(launcher?.scope.name ?? "")")
      }
      return task
    }
    if let launcher { return launcher }
    let prefix = config["model"]?["type"]?.text?.split(separator: ".")
    guard let prefix, prefix.count > 1 else { return mmcls }
    return named(String(prefix[0])) ?? mmcls
  }
}

extension VisionTask {
  /// The writer of a result file.
  ///
  /// - Throws: `CommandError` when the name has an ending that the task does not write.
  func resultWriter(for file: String) throws(CommandError) -> any ResultWriter {
    guard let results else { throw .noResults(scope.name) }
    let ending = file.split(separator: "/").last?.split(separator: ".").last?.lowercased()
    guard let ending, results.endings.contains(ending == "pickle" ? "pkl" : ending) else {
      throw .unknownOutput(file: file, endings: results.endings)
    }
    return results
  }

  /// The metrics as the task's library prints them.
  func text(of metrics: [MetricEntry]) -> String {
    results?.text(of: metrics) ?? ""
  }

  /// The painter of predictions.
  ///
  /// - Throws: `ConfigError` for an option that is not understood.
  func resultPainter(options: Config) throws -> any ResultPainter {
    guard let painter else { throw CommandError.noResults(scope.name) }
    return try painter(options)
  }

  /// Checks the names of `--out-items`.
  ///
  /// - Throws: `ValidationError` for an unknown one.
  func checkItems(_ names: [String]) throws {
    let known = ["all", "none"] + (results?.itemNames ?? [])
    if let name = names.first(where: { !known.contains($0) }) {
      throw ValidationError("--out-items: unknown item '\(name)'")
    }
  }
}
