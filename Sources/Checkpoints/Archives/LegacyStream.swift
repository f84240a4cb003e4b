internal import Tensors

/// The layout of `torch.save` before PyTorch 1.6: four pickles (a magic number, the protocol
/// version, facts about the machine, the object), a pickled list of storage keys, then each
/// storage as an element count of eight bytes and its elements.
struct LegacyStream {
  typealias Problem = CheckpointError.Problem

  /// Holds the object, whose root is ``root``.
  let unpickler: Unpickler
  let root: Int

  /// 0x1950a86a20f9469cfc6c
  static let magic: [UInt8] = [0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]
  static let protocolVersion = 1001

  /// Collects the storages that the object names until their bytes come along.
  private final class Storages {
    var byKey: [String: (storage: StoredStorage, elementBytes: Int)] = [:]
  }

  init(_ block: ByteBlock, path: String, allowsNestedFiles: Bool) throws(Problem) {
    var cursor = ByteCursor(block, part: "the header")
    guard case .bigInt(Self.magic)? = try? Self.value(&cursor, path) else {
      throw .unrecognized(found: TorchFile.plainPickle)
    }
    let version = try Self.value(&cursor, path)
    guard version.integer == Self.protocolVersion else {
      throw .unsupported("the legacy layout's version \(version)")
    }
    guard try Self.value(&cursor, path)["little_endian"]?.boolean == true else {
      throw .unsupported("a file written on a big-endian machine")
    }

    let storages = Storages()
    var unpickler = Unpickler(
      ByteCursor(block, range: cursor.position..<cursor.end, part: "the pickled object"),
      path: path, allowsNestedFiles: allowsNestedFiles
    ) { reference throws(Problem) in
      if let known = storages.byKey[reference.key] {
        guard reference.count * reference.elementBytes <= known.storage.byteCount else {
          throw .malformed(part: "storage '\(reference.key)'", detail: "it has two sizes")
        }
        return known.storage
      }
      let storage = StoredStorage(
        path: path, name: "storage \(reference.key)",
        byteCount: reference.count * reference.elementBytes)
      storages.byKey[reference.key] = (storage, reference.elementBytes)
      return storage
    }
    root = try unpickler.run()
    self.unpickler = unpickler

    var tail = ByteCursor(
      block, range: unpickler.cursor.position..<cursor.end, part: "the list of storages")
    guard let keys = try Self.value(&tail, path).elements else {
      throw .malformed(part: tail.part, detail: "it is no list")
    }
    for key in keys {
      let name = key.text ?? key.description
      guard let (storage, elementBytes) = storages.byKey[name] else {
        throw .malformed(part: tail.part, detail: "'\(name)' was never mentioned")
      }
      var data = ByteCursor(block, range: tail.position..<tail.end, part: storage.name)
      let count = try data.length()
      guard count == storage.byteCount / elementBytes else {
        throw .malformed(
          part: storage.name,
          detail: "\(count) elements instead of \(storage.byteCount / elementBytes)")
      }
      let range = try data.take(storage.byteCount)
      storage.bind(to: block, offset: range.lowerBound)
      try tail.skip(data.position - tail.position)
    }
    for (key, entry) in storages.byKey where !entry.storage.isBound {
      throw .missingRecord("storage \(key)")
    }
  }

  private static func value(
    _ cursor: inout ByteCursor, _ path: String
  ) throws(Problem) -> PickleValue {
    var unpickler = Unpickler(cursor, path: path, source: nil)
    let root = try unpickler.run()
    cursor = unpickler.cursor
    return try unpickler.freeze(root)
  }
}
