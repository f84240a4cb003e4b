/// Which layers must keep the same channels, and which must keep all: a union-find over layers.
struct LayerTies {
  private var parent: [Int] = []
  private var isPinned: [Bool] = []

  mutating func addLayer() {
    parent.append(parent.count)
    isPinned.append(false)
  }

  /// The number that stands for all layers tied with `layer`.
  func root(of layer: Int) -> Int {
    var layer = layer
    while parent[layer] != layer { layer = parent[layer] }
    return layer
  }

  mutating func tie(_ a: Int, _ b: Int) {
    let (first, second) = (root(of: a), root(of: b))
    guard first != second else { return }
    parent[max(first, second)] = min(first, second)
    if isPinned[first] || isPinned[second] { isPinned[min(first, second)] = true }
  }

  /// Makes `layer`, and all that are tied with it now or later, keep every channel.
  mutating func pin(_ layer: Int) {
    isPinned[root(of: layer)] = true
  }

  mutating func pin(_ flow: ChannelFlow) {
    for layer in flow.layers { pin(layer) }
  }

  func keepsAll(_ layer: Int) -> Bool { isPinned[root(of: layer)] }

  /// Ties two values whose channels are combined one by one; what does not match stays whole.
  mutating func tie(_ a: ChannelFlow, _ b: ChannelFlow) {
    let matches =
      a.runs.count == b.runs.count
      && zip(a.runs, b.runs).allSatisfy { $0.channels == $1.channels && $0.scale == $1.scale }
    guard matches else {
      pin(a)
      pin(b)
      return
    }
    for (one, other) in zip(a.runs, b.runs) {
      switch (one.layer, other.layer) {
      case (let one?, let other?): tie(one, other)
      case (let only?, nil), (nil, let only?): pin(only)
      case (nil, nil): break
      }
    }
  }
}
