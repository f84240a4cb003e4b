internal import Configs
internal import Searchers

/// A mistake that only the command line can find.
enum CommandError: Error, Equatable {
  case noGPU(String)
  case unknownDevice(String)
  /// Something in the config file `file`.
  case config(file: String, ConfigError)
  case invalidPlace(file: String, message: String)
  case workDirectory(path: String, reason: String)
  case unwritable(file: String, reason: String)
  case missingCheckpoint(file: String)
  case missingFolder(path: String)
  /// A checkpoint is of another number of networks than there are channel configs.
  case otherNetworkCount(file: String, inCheckpoint: Int, configured: Int)
  case unreadable(file: String, reason: String)
  case noDigest(file: String)
  case nothingAsked
  case noDisplay
  case unknownOutput(file: String, endings: [String])
  /// Models of a task are not tested yet.
  case noResults(String)
  /// A module of `forward --modules` that the network does not have.
  case unknownModule(path: String, nearest: String?)
  /// A module that a pass does not call.
  case silentModule(path: String)
  /// `test --teacher` without weights for the teacher.
  case teacherWithoutWeights
}

extension CommandError: CustomStringConvertible {
  var description: String {
    switch self {
    case .noGPU(let name):
      "--device \(name): there is no GPU support in this build; use --device cpu"
    case .unknownDevice(let name):
      "--device \(name): unknown device; use cpu"
    case .config(let file, let error):
      "\(file): \(error)"
    case .invalidPlace(let file, let message):
      "\(file): \(message)"
    case .workDirectory(let path, let reason):
      "\(path): the work dir cannot be used: \(reason)"
    case .unwritable(let file, let reason):
      "\(file): cannot be written: \(reason)"
    case .missingCheckpoint(let file):
      "\(file): there is no such checkpoint"
    case .missingFolder(let path):
      "Directory \(path) does not exist, please generate it manually."
    case .otherNetworkCount(let file, 0, _):
      "\(file): is no checkpoint of subnets that were trained together: no normalisation has 'bns'"
    case .otherNetworkCount(let file, let inCheckpoint, let configured):
      "\(file): holds \(inCheckpoint) subnets, but --channel-cfgs names \(configured)"
    case .unreadable(let file, let reason):
      "\(file): cannot be read: \(reason)"
    case .noDigest(let file):
      "\(file): its SHA-256 cannot be had; is the program sha256sum installed?"
    case .nothingAsked:
      "Please specify at least one of output path and evaluation metrics: --out or --metrics"
    case .noDisplay:
      "--show needs a display; write the painted images with --show-dir DIR instead"
    case .unknownOutput(let file, let endings):
      "\(file): the result file must end in "
        + endings.dropLast().map { ".\($0)" }.joined(separator: ", ")
        + " or .\(endings.last ?? "")"
    case .noResults(let task):
      "results of \(task) are not written here yet"
    case .unknownModule(let path, let nearest):
      "--modules: the network has no module '\(path)'"
        + (nearest.map { "; did you mean '\($0)'?" } ?? "")
    case .silentModule(let path):
      "--modules: the pass does not call the module '\(path)'; see describe --modules"
    case .teacherWithoutWeights:
      "--teacher: name a checkpoint after the config, or in the teacher's init_cfg"
    }
  }
}

/// Names the config file in errors about what it says.
func inConfig<T>(_ file: String, _ body: () throws -> T) throws -> T {
  do {
    return try body()
  } catch let error as ConfigError {
    throw CommandError.config(file: file, error)
  } catch let error as SearchError where error.configPath != nil {
    throw CommandError.invalidPlace(file: file, message: "\(error)")
  }
}
