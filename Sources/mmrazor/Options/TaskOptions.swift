internal import ArgumentParser
internal import Configs

/// The task that a launcher such as `tools/mmdet/train_mmdet.py` starts the program for.
struct TaskOptions: ParsableArguments {
  @Option(name: .customLong("scope"), help: .hidden)
  var scope: String?

  /// The task of `config`, and the components that the run has.
  ///
  /// - Throws: `ConfigError` when the config is of another task, or its model is of a type that
  ///   does not exist.
  func open(_ config: Config) throws(ConfigError) -> (task: VisionTask, components: Components) {
    let task = try VisionTask.of(config, launcher: scope.flatMap(VisionTask.named))
    let components = Components.builtIn()
    try components.checkModelType(of: config, task: task)
    return (task, components)
  }

  func validate() throws {
    guard let scope, VisionTask.named(scope) == nil else { return }
    throw ValidationError(
      "--scope: unknown task '\(scope)'; known: "
        + VisionTask.all.map(\.scope.name).joined(separator: ", "))
  }
}
