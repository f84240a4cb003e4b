internal import Tensors

extension Tape {
  /// The nodes that no other node takes in, in order: what comes out of the pass.
  var outputNodes: [Int] {
    var isConsumed = [Bool](repeating: false, count: nodes.count)
    for input in nodes.lazy.flatMap(\.inputs).compactMap(\.self) { isConsumed[input] = true }
    return nodes.indices.filter { !isConsumed[$0] }
  }
}
