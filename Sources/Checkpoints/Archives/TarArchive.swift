internal import Tensors

/// The layout of `torch.save` before PyTorch 0.1.10: a tar archive of `storages`, `tensors` and the
/// `pickle` of an object, which refers to its tensors by their keys.
struct TarArchive {
  typealias Problem = CheckpointError.Problem

  let block: ByteBlock
  let members: [String: Range<Int>]

  static func begins(_ block: ByteBlock) -> Bool {
    block.bytes.count > 262 && block.bytes[257..<262].elementsEqual("ustar".utf8)
  }

  init(_ block: ByteBlock) throws(Problem) {
    self.block = block
    var cursor = ByteCursor(block, part: "the tar archive")
    var members: [String: Range<Int>] = [:]
    while cursor.remaining >= 512 {
      let header = try cursor.take(512)
      let name = Self.text(block.bytes[header.lowerBound..<header.lowerBound + 100])
      // Two empty headers end an archive.
      guard !name.isEmpty else { break }
      let field = header.lowerBound + 124..<header.lowerBound + 136
      let digits = Self.text(block.bytes[field]).filter { $0 != " " }
      guard let size = Int(digits, radix: 8) else {
        throw .malformed(part: "the tar archive", detail: "the size of '\(name)' is no number")
      }
      let content = try cursor.take(size)
      if [0, UInt8(ascii: "0")].contains(block.bytes[header.lowerBound + 156]) {
        members[name.hasPrefix("./") ? String(name.dropFirst(2)) : name] = content
      }
      try cursor.skip(min((512 - size % 512) % 512, cursor.remaining))
    }
    self.members = members
  }

  /// The bytes up to the first zero.
  private static func text(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }

  /// The saved object.
  func object(path: String) throws(Problem) -> PickleValue {
    guard members["storages"] != nil, members["tensors"] != nil, members["pickle"] != nil else {
      throw .unrecognized(found: "a tar file of something else")
    }
    var unpickler = Unpickler(
      try cursor("pickle"), path: path, source: nil,
      knownObjects: try tensors(of: storages(path), path))
    return try unpickler.value()
  }

  private func cursor(_ name: String) throws(Problem) -> ByteCursor {
    guard let range = members[name] else { throw .missingRecord(name) }
    return ByteCursor(block, range: range, part: "'\(name)'")
  }

  private struct Stored {
    let storage: StoredStorage
    let type: StorageType
    var offset = 0
  }

  /// A pickled count, then for each storage a pickle of key, place and class, an element count of
  /// eight bytes and the elements; at last a pickled list of views.
  private func storages(_ path: String) throws(Problem) -> [String: Stored] {
    var cursor = try cursor("storages")
    var result: [String: Stored] = [:]
    for _ in 0..<(try Self.count(&cursor, path)) {
      let header = try Header(&cursor, path)
      let fields = header.items
      guard fields.count == 3, case .global(.storage(let type)) = fields[2] else {
        throw header.malformed("a storage without a type")
      }
      let key = Self.key(fields[0])
      let (size, overflow) = try cursor.length().multipliedReportingOverflow(by: type.elementBytes)
      guard !overflow else { throw header.malformed("storage \(key) is beyond all memory") }
      result[key] = Stored(
        storage: StoredStorage(
          path: path, name: "storage \(key)", block: block, range: try cursor.take(size)),
        type: type)
    }
    let views = try Header(&cursor, path)
    for view in try views.value.elements ?? [] {
      guard let fields = view.elements, fields.count == 4, let offset = fields[2].integer,
        offset >= 0, let whole = result[Self.key(fields[1])]
      else { throw views.malformed("a view of no storage") }
      let (start, overflow) = whole.offset.addingReportingOverflow(offset)
      guard !overflow else { throw views.malformed("a view outside its storage") }
      result[Self.key(fields[0])] = Stored(
        storage: whole.storage, type: whole.type, offset: start)
    }
    return result
  }

  /// A pickled count, then for each tensor a pickle of key, storage and class, the number of axes,
  /// extents, strides and the offset, each of eight bytes.
  private func tensors(
    of storages: [String: Stored], _ path: String
  ) throws(Problem) -> [String: PickleNode] {
    var cursor = try cursor("tensors")
    // Storages may be saved by themselves.
    var result = storages.mapValues {
      PickleNode.storage($0.storage, $0.type, elementOffset: $0.offset)
    }
    for _ in 0..<(try Self.count(&cursor, path)) {
      let header = try Header(&cursor, path)
      let fields = header.items
      guard fields.count == 3, let stored = storages[Self.key(fields[1])] else {
        throw header.malformed("a tensor without a storage")
      }
      let rank = Int(try cursor.integer(Int32.self))
      try cursor.skip(4)
      guard (0...64).contains(rank) else { throw header.malformed("\(rank) axes") }
      var numbers: [Int] = []
      for _ in 0..<(2 * rank + 1) { numbers.append(Int(try cursor.integer(Int64.self))) }
      let (offset, overflow) = numbers[2 * rank].addingReportingOverflow(stored.offset)
      guard !overflow else { throw header.malformed("a tensor beyond its storage") }
      let key = Self.key(fields[0])
      guard let dtype = stored.type.dtype else {
        result[key] = .object(.init(name: "torch.\(stored.type.name)"))
        continue
      }
      result[key] = .leaf(
        .tensor(
          try StoredTensor(
            storage: stored.storage, dtype: dtype, dimensions: Array(numbers[..<rank]),
            strides: Array(numbers[rank..<2 * rank]), offset: offset)))
    }
    return result
  }

  // MARK: Pickles one after another

  /// A pickle that was read, up to its object.
  private struct Header {
    let unpickler: Unpickler
    let root: Int

    init(_ cursor: inout ByteCursor, _ path: String) throws(Problem) {
      var unpickler = Unpickler(cursor, path: path, source: nil)
      root = try unpickler.run()
      self.unpickler = unpickler
      try cursor.skip(unpickler.cursor.position - cursor.position)
    }

    func malformed(_ detail: String) -> Problem { unpickler.malformed(detail) }

    var value: PickleValue {
      get throws(Problem) { try unpickler.freeze(root) }
    }

    /// The items of the tuple or list that the pickle is.
    var items: [PickleNode] {
      switch unpickler.nodes[root] {
      case .tuple(let items), .list(let items): items.map { unpickler.nodes[$0] }
      default: []
      }
    }
  }

  private static func count(_ cursor: inout ByteCursor, _ path: String) throws(Problem) -> Int {
    let header = try Header(&cursor, path)
    guard let count = try header.value.integer, count >= 0 else {
      throw header.malformed("a count is missing")
    }
    return count
  }

  /// Keys are numbers or text.
  private static func key(_ node: PickleNode) -> String {
    if case .leaf(let value) = node { key(value) } else { "" }
  }

  private static func key(_ value: PickleValue) -> String { value.text ?? value.description }
}
