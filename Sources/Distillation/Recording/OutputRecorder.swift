internal import Configs
public import NN
public import Tensors

/// Keeps what some modules of a network compute during a pass.
public final class OutputRecorder {
  private let role: String
  private let modules: [(path: String, module: Module)]
  private var outputs: [String: [Tensor]] = [:]

  /// - Parameters:
  ///   - paths: of modules, as upstream names them, from `model` on.
  ///   - role: `student` or `teacher`, for messages.
  /// - Throws: ``DistillationError/unknownModule(role:path:nearest:)``.
  public init(
    _ paths: [String], of model: Module, role: String
  ) throws(DistillationError) {
    self.role = role
    let all = model.namedModules()
    var modules: [(path: String, module: Module)] = []
    for path in paths where !modules.contains(where: { $0.path == path }) {
      guard let entry = all.first(where: { $0.path == path }) else {
        throw .unknownModule(
          role: role, path: path, nearest: NearestName.of(path, among: all.dropFirst().map(\.path)))
      }
      modules.append(entry)
    }
    self.modules = modules
  }

  /// Runs `pass`, and keeps the outputs of the modules in place of earlier ones.
  public func recording<Result>(_ pass: () throws -> Result) rethrows -> Result {
    outputs = [:]
    for (path, module) in modules {
      module.onOutput = { [unowned self] in outputs[path, default: []].append($0) }
    }
    defer { for (_, module) in modules { module.onOutput = nil } }
    return try pass()
  }

  /// What the module at `path` gave, call by call, in the latest pass.
  ///
  /// - Throws: ``DistillationError/noOutput(role:path:)``.
  public func outputs(of path: String) throws(DistillationError) -> [Tensor] {
    guard let outputs = outputs[path] else { throw .noOutput(role: role, path: path) }
    return outputs
  }

  /// Lets go of what was recorded.
  public func clear() {
    outputs = [:]
  }
}
