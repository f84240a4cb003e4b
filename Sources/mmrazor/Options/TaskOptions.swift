internal import ArgumentParser
internal import Configs

/// The task that a launcher such as `tools/mmdet/train_mmdet.py` starts the program for.
struct TaskOptions: ParsableArguments {
  @Option(name: .customLong("scope"), help: .hidden)
  var scope: String?

  /// - Throws: `ConfigError` when the config is of another task.
  func task(of config: Config) throws -> VisionTask {
    try VisionTask.of(config, launcher: scope.flatMap(VisionTask.named))
  }

  func validate() throws {
    guard let scope, VisionTask.named(scope) == nil else { return }
    throw ValidationError(
      "--scope: unknown task '\(scope)'; known: "
        + VisionTask.all.map(\.scope.name).joined(separator: ", "))
  }
}
