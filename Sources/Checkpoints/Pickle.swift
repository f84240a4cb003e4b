internal import Tensors

/// Plain pickle files, such as the `search_epoch_N.pkl` of the evolution search: what Python's
/// `pickle` module reads and writes, tensors included.
public enum Pickle {
  /// Reads a file of plain data; nothing in it is executed.
  ///
  /// - Throws: when the file is damaged, or holds an object of a class that this reader does not
  ///   know. ``SavedFile`` reads those too.
  public static func read(_ path: String) throws(CheckpointError) -> PickleValue {
    try naming(path) { () throws(CheckpointError.Problem) in
      let value = try object(of: try ByteBlock(mapping: path), path: path)
      if let object = value.firstClosedObject { throw .forbiddenGlobal(object.name) }
      return value
    }
  }

  /// The object of a file, in which objects of unknown classes stay closed.
  static func object(
    of block: ByteBlock, path: String
  ) throws(CheckpointError.Problem) -> PickleValue {
    guard let first = block.bytes.first, first == 0x80 || PickleOpcode(rawValue: first) != nil
    else { throw .unrecognized(found: "no pickle") }
    var unpickler = Unpickler(
      ByteCursor(block, part: "the pickle"), path: path, allowsNestedFiles: true, source: nil)
    return try unpickler.value()
  }

  /// Writes a file of protocol 2, as `mmcv.dump` does; it appears under its name only when it is
  /// complete.
  public static func write(_ value: PickleValue, to path: String) throws(CheckpointError) {
    let bytes = try naming(path) { () throws(CheckpointError.Problem) in
      try Pickler.pickle(value, tensors: .embedded)
    }
    try AtomicFile.write(bytes, to: path)
  }
}
