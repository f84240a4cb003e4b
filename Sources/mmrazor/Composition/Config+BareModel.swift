internal import Configs

extension Config {
  /// The config with an `algorithm`: one of mmcls describes a bare model, which is then taken as it
  /// is.
  var withAlgorithm: Config {
    guard self["algorithm"] == nil, let model = self["model"] else { return self }
    var config = self
    config["algorithm"] = [
      "type": "SPOS", "architecture": ["type": "MMClsArchitecture", "model": model],
    ]
    return config
  }
}
