internal import Configs
internal import NN

/// The weights that a teacher begins with: the `init_cfg` of its config.
struct TeacherWeights {
  /// The place of the `init_cfg`, for messages.
  private let path: ConfigPath
  /// Whether the config says in so many words that there are none.
  private let isDeclined: Bool
  private let warn: (String) -> Void

  init(of config: Config, path: ConfigPath, warn: @escaping (String) -> Void) {
    self.path = path.appending("init_cfg")
    isDeclined = config["init_cfg"] == Config.none
    self.warn = warn
  }

  /// Makes sure that the teacher gets all its weights when it is initialised.
  ///
  /// - Throws: `ConfigError` where no checkpoint is named, unless the teacher is trained or the
  ///   config declines one.
  func prepare(_ teacher: Module, isTrained: Bool) throws(ConfigError) {
    if let module = teacher as? BaseModule, let weights = module.initRules?.pretrained {
      module.initRules = InitRules(pretrained: weights.filling())
      return
    }
    if isTrained { return }
    guard isDeclined else {
      throw .invalidValue(
        path: path,
        message: "the teacher has no weights; name its checkpoint with --cfg-options "
          + "\(path).type=Pretrained \(path).checkpoint=FILE, or set \(path)=None for a random "
          + "teacher")
    }
    warn("\(path) is None: the student learns from a teacher of random weights")
  }
}
