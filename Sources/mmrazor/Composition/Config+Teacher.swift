internal import Configs

extension Config {
  /// The config of the distiller's teacher by itself, as a model to evaluate.
  ///
  /// - Returns: the config, and the checkpoint that the teacher's `init_cfg` names.
  /// - Throws: `ConfigError` when the config has no teacher, or several.
  func ofTeacher() throws(ConfigError) -> (config: Config, checkpoint: String?) {
    let path: ConfigPath = "algorithm.distiller"
    guard let algorithm = self["algorithm"], let distiller = algorithm["distiller"],
      var teacher = distiller["teacher"]
    else { throw .missingKey(path: path, key: "teacher") }
    guard teacher.items == nil else {
      throw .invalidValue(
        path: path.appending("teacher"), message: "--teacher evaluates one teacher, not a list")
    }
    let checkpoint = teacher["init_cfg"]?["checkpoint"]?.text ?? teacher["pretrained"]?.text
    teacher["init_cfg"] = nil
    teacher["pretrained"] = nil
    var config = self
    config["algorithm"] = [
      "type": "SPOS",
      "architecture": [
        "type": algorithm["architecture"]?["type"] ?? "MMClsArchitecture", "model": teacher,
      ],
    ]
    return (config, checkpoint)
  }
}
