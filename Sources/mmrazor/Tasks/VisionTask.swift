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
  /// The flags of `test` that only some tasks have and this one does.
  let testFlags: Set<String>
  /// How images of different sizes become one batch.
  let joining: BatchJoining

  static let mmcls = VisionTask(
    scope: .mmcls, architecture: "MMClsArchitecture", versionKey: "mmcls_version",
    version: "0.23.2", testFlags: [], joining: .refuse)
  static let mmdet = VisionTask(
    scope: .mmdet, architecture: "MMDetArchitecture", versionKey: "mmdet_version",
    version: "2.25.0", testFlags: ["--work-dir", "--format-only", "--show-score-thr"],
    joining: .pad())
  static let mmseg = VisionTask(
    scope: .mmseg, architecture: "MMSegArchitecture", versionKey: "mmseg_version",
    version: "0.25.0",
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
