internal import Checkpoints
internal import OrderedCollections
internal import Tensors

/// What a saved file holds, as indented lines: tensors by type, shape and size, facts by value.
///
/// Of entries that stand beside one another without a name (the groups of an optimizer, the
/// candidates of a search) the first stands for all, unless everything is asked for.
struct FileOutline {
  private(set) var lines: [String] = []
  private(set) var tensorCount = 0
  private(set) var elementCount = 0
  private let showsAll: Bool
  private var storages: [ObjectIdentifier: Int] = [:]

  /// - Throws: `CheckpointError` when a tensor's bytes do not fit their checksum.
  init(_ value: PickleValue, showsAll: Bool) throws {
    self.showsAll = showsAll
    try add(nil, value, depth: 0, isShown: true)
  }

  /// The bytes of all tensors; what several share counts once.
  var byteCount: Int { storages.values.reduce(0, +) }

  /// `27.7 MB`
  static func size(_ byteCount: Int) -> String {
    var (value, unit) = (Double(byteCount), 0)
    let units = ["B", "kB", "MB", "GB", "TB"]
    while value >= 999.95, unit < units.count - 1 { (value, unit) = (value / 1000, unit + 1) }
    guard unit > 0 else { return "\(byteCount) B" }
    return "\((value * 10).rounded() / 10) \(units[unit])"
  }

  private mutating func add(
    _ name: String?, _ value: PickleValue, depth: Int, isShown: Bool
  ) throws {
    switch value {
    case .tensor(let tensor):
      try tensor.verify()
      storages[ObjectIdentifier(tensor.storage)] = tensor.storage.byteCount
      tensorCount += 1
      elementCount += tensor.shape.count
      line(
        name, "\(tensor.dtype) \(tensor.shape)  \(Self.size(tensor.byteCount))", depth, isShown)
    case .dict(let dictionary):
      line(name, dictionary.items.isEmpty ? "{}" : "", depth, isShown)
      // Text tells entries apart; numbers only count them.
      let isNamed = dictionary.items.keys.allSatisfy {
        if case .string = $0 { true } else { false }
      }
      try add(
        dictionary.items.map { key, value in
          if case .string(let text) = key { (text, value) } else { (key.description, value) }
        }, abbreviates: !isNamed, depth: name == nil ? depth : depth + 1, isShown: isShown)
    case .list(let items) where Self.isDeep(items), .tuple(let items) where Self.isDeep(items):
      line(name, "", depth, isShown)
      try add(
        items.enumerated().map { ("[\($0.offset)]", $0.element) }, abbreviates: true,
        depth: name == nil ? depth : depth + 1, isShown: isShown)
    case .object(let object):
      line(name, object.description, depth, isShown)
      guard showsAll else { break }
      let content = try object.content()
      for (part, items) in [
        ("arguments", content.arguments), ("state", content.state.map { [$0] } ?? []),
        ("elements", content.elements),
        ("entries", content.entries.map { .tuple([$0.key, $0.value]) }),
      ] where !items.isEmpty {
        let texts = items.map(\.description).joined(separator: ", ")
        line(part, texts, depth + 1, isShown)
      }
    case .string(let text) where text.contains("\n"):
      let rows = text.split(separator: "\n", omittingEmptySubsequences: false)
      if showsAll {
        line(name, "", depth, isShown)
        for row in rows { line(nil, String(row), depth + 1, isShown) }
      } else {
        line(name, "text of \(rows.count) lines", depth, isShown)
      }
    default:
      let text = value.description
      let isLong = !showsAll && text.count > 120
      line(name, isLong ? text.prefix(120) + "…" : text, depth, isShown)
    }
  }

  private mutating func add(
    _ entries: [(name: String, value: PickleValue)], abbreviates: Bool, depth: Int, isShown: Bool
  ) throws {
    let shown = abbreviates && !showsAll ? 1 : entries.count
    for (index, entry) in entries.enumerated() {
      try add(entry.name, entry.value, depth: depth, isShown: isShown && index < shown)
    }
    if entries.count > shown { line(nil, "… \(entries.count - shown) more", depth, isShown) }
  }

  private mutating func line(_ name: String?, _ text: String, _ depth: Int, _ isShown: Bool) {
    guard isShown, name != nil || !text.isEmpty else { return }
    let lead = String(repeating: "  ", count: depth)
    let label = name.map { text.isEmpty ? "\($0):" : "\($0): " } ?? ""
    lines.append(lead + label + text)
  }

  /// Whether one line is too little for the items.
  private static func isDeep(_ items: [PickleValue]) -> Bool {
    items.contains { item in
      switch item {
      case .dict, .tensor, .list, .tuple: true
      default: false
      }
    }
  }
}
