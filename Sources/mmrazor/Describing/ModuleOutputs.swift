internal import NN
internal import Tensors

/// The outputs of a network's modules in one pass in evaluation mode.
struct ModuleOutputs {
  struct Entry {
    let path: String
    /// The class, as this program names it.
    let kind: String
    /// The shapes of the outputs of each call.
    let calls: [[Shape]]
  }

  /// The modules that were called, in the network's order.
  let entries: [Entry]

  init(of model: Module, pass: () -> Void) {
    var calls: [ObjectIdentifier: [[Shape]]] = [:]
    let modules = model.namedModules().dropFirst()
    let observations = modules.map { _, module in
      module.observe { call in
        calls[ObjectIdentifier(module), default: []].append(call.outputs.map(\.shape))
      }
    }
    model.evaluating(pass)
    for observation in observations { observation.cancel() }
    entries = modules.compactMap { path, module in
      calls[ObjectIdentifier(module)].map {
        Entry(path: path, kind: "\(type(of: module))", calls: $0)
      }
    }
  }
}

extension ModuleOutputs.Entry {
  /// `[1, 64, 56, 56]`; calls and outputs of lists after one another.
  var shapes: String {
    let texts = calls.map { outputs in
      outputs.map { "\($0.dimensions)" }.joined(separator: " + ")
    }
    guard let first = texts.first, texts.count > 1, texts.allSatisfy({ $0 == first }) else {
      return texts.joined(separator: ", ")
    }
    return "\(texts.count) x \(first)"
  }
}
