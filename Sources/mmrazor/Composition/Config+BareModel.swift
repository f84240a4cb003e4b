internal import Configs

extension Config {
  /// The config with an `algorithm`: one of mmcls, mmdet or mmseg describes a bare model, which is
  /// then taken as it is.
  func withAlgorithm(for task: VisionTask) -> Config {
    guard self["algorithm"] == nil, let model = self["model"] else { return self }
    var config = self
    config["algorithm"] = [
      "type": "SPOS",
      "architecture": ["type": .string(task.architecture), "model": model],
    ]
    return config
  }
}
