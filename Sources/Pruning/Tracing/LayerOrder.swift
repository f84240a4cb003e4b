internal import OrderedCollections
internal import Tensors

/// Which layers feed which, in the order in which upstream's trace goes backwards from the outputs:
/// it gives groups their numbers and search spaces their order.
struct LayerOrder {
  enum Point: Hashable {
    case layer(Int)
    case concatenation(node: Int)
    case part(node: Int, index: Int)
  }

  /// From each point to what comes right before it.
  private(set) var parents: OrderedDictionary<Point, OrderedSet<Int>> = [:]
  private var visited: Set<Int> = []
  private let called: [Int?]
  private let nodes: [Tape.Node]

  /// - Parameter called: for each node of the tape the layer that it calls, normalisation left out.
  init(_ tape: Tape, called: [Int?]) {
    nodes = tape.nodes
    self.called = called
    for node in tape.outputNodes { visit(node, from: nil) }
  }

  /// The layers that feed another one, in the order of the search spaces.
  var feeding: OrderedSet<Int> {
    var result: OrderedSet<Int> = []
    for layers in parents.values { result.formUnion(layers) }
    return result
  }

  /// The sets of layers that must agree because something follows all of them.
  ///
  /// - Parameter isDepthwise: whether a layer agrees with those before it as well.
  func groups(isDepthwise: (Int) -> Bool) -> [[Int]] {
    var groups: [OrderedSet<Int>] = []
    for (point, parents) in parents {
      var members = parents
      switch point {
      case .concatenation: continue
      case .layer(let layer) where isDepthwise(layer): members.append(layer)
      case .layer, .part: break
      }
      var place: Int?
      for index in groups.indices.reversed() where !groups[index].isDisjoint(with: members) {
        members.formUnion(groups[index])
        if let place { groups.remove(at: place) }
        place = index
      }
      if let place { groups[place] = members } else { groups.append(members) }
    }
    return groups.map { Array($0) }.filter { $0.count > 1 }
  }

  private mutating func visit(_ node: Int?, from child: Point?) {
    guard let node else { return }
    if let layer = called[node] {
      let point = Point.layer(layer)
      note(layer, before: child)
      if parents[point] == nil { parents[point] = [] }
      guard visited.insert(node).inserted else { return }
      visit(nodes[node].inputs.first ?? nil, from: point)
      return
    }
    guard case .concatenate(axis: 1) = nodes[node].operation else {
      for input in nodes[node].inputs { visit(input, from: child) }
      return
    }
    let point = Point.concatenation(node: node)
    if parents[point] == nil { parents[point] = [] }
    guard visited.insert(node).inserted else { return }
    for (index, input) in nodes[node].inputs.enumerated() {
      let part = Point.part(node: node, index: index)
      if parents[part] == nil { parents[part] = [] }
      visit(input, from: part)
    }
  }

  private mutating func note(_ layer: Int, before child: Point?) {
    guard let child else { return }
    parents[child, default: []].append(layer)
  }
}
