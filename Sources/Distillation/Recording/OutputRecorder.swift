internal import Configs
public import NN
public import Tensors

/// Keeps the outputs that some modules of a network give during a pass.
public final class OutputRecorder {
  private let role: String
  private let modules: [(path: String, module: Module)]
  /// By path, the outputs of each call.
  private var outputs: [String: [[Tensor]]] = [:]

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
    let observations = modules.map { path, module in
      module.observe { [unowned self] in outputs[path, default: []].append($0.outputs) }
    }
    defer { for observation in observations { observation.cancel() } }
    return try pass()
  }

  /// The output of each call of the module at `path` in the latest pass.
  ///
  /// - Throws: ``DistillationError/noOutput(role:path:)``, and
  ///   ``DistillationError/severalOutputs(role:path:count:)`` for a module that gives a list.
  public func outputs(of path: String) throws(DistillationError) -> [Tensor] {
    guard let calls = outputs[path] else { throw .noOutput(role: role, path: path) }
    return try calls.map { outputs throws(DistillationError) in
      guard outputs.count == 1 else {
        throw .severalOutputs(role: role, path: path, count: outputs.count)
      }
      return outputs[0]
    }
  }

  /// Lets go of the recorded outputs.
  public func clear() {
    outputs = [:]
  }
}
