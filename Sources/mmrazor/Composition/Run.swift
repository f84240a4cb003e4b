internal import Configs
internal import Foundation
internal import Logging
internal import Tensors
internal import Training

/// The beginning that `train` and `search` share: find the work dir, open the log, tell about the
/// machine and the config.
struct Run {
  var config: Config
  /// Found from the config as it was given.
  let task: VisionTask
  let components: Components
  let configFile: String
  /// As the user gave it, for messages.
  let workDirectoryText: String
  /// Absolute.
  let workDirectory: String
  /// The stem of the log files' names.
  let timestamp: String
  let logger: Logger
  let environment: String

  /// - Parameters:
  ///   - option: `--work-dir`; else the config's `work_dir`, else a folder named after the file.
  ///   - prepare: changes the config that is logged and used, knowing the work dir.
  ///   - dumps: whether the config is written into the work dir.
  init(
    config: Config, task: VisionTask, components: Components, configFile: String,
    workDirectory option: String?,
    device: any Device,
    dumps: Bool, prepare: (inout Config) throws -> Void
  ) throws {
    var config = config
    let url = URL(fileURLWithPath: configFile)
    workDirectoryText =
      option ?? config["work_dir"]?.text
      ?? "./work_dirs/\(url.deletingPathExtension().lastPathComponent)"
    workDirectory = try WorkDirectory.prepare(workDirectoryText)
    config["work_dir"] = .string(workDirectoryText)
    try prepare(&config)
    self.config = config
    self.task = task
    self.components = components
    self.configFile = configFile
    let text = PythonPrinter.print(config)
    if dumps {
      try config.write(to: "\(workDirectory)/\(url.lastPathComponent)")
    }
    timestamp = LocalTime.now.fileText
    let levelName = config["log_level"]?.text ?? "INFO"
    guard let level = Logger.Level(pythonName: levelName) else {
      throw CommandError.config(
        file: configFile,
        .invalidValue(path: "log_level", message: "unknown level '\(levelName)'"))
    }
    logger =
      try RunLog(
        name: task.loggerName, file: "\(workDirectory)/\(timestamp).log", level: level
      ).logger
    let threads = (device as? CPU)?.threads ?? 1
    let info = EnvironmentInfo(version: ProductVersion.text, threads: threads)
    environment = info.text
    logger.info("\(info.logMessage)")
    logger.info("Distributed training: False")
    logger.info("Config:\n\(text)")
  }

  /// Sends what data sets find odd to the log.
  var warn: @Sendable (String) -> Void {
    { [logger] text in logger.warning("\(text)") }
  }
}
