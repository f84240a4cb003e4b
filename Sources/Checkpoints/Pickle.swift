internal import Tensors

/// Plain pickle files, such as the `search_epoch_N.pkl` of the evolution search: what Python's
/// `pickle` module reads and writes, tensors included.
public enum Pickle {
  /// Reads a file; nothing in it is executed.
  public static func read(_ path: String) throws(CheckpointError) -> PickleValue {
    try naming(path) { () throws(CheckpointError.Problem) in
      let block = try ByteBlock(mapping: path)
      guard let first = block.bytes.first, first == 0x80 || PickleOpcode(rawValue: first) != nil
      else { throw .unrecognized(found: "no pickle") }
      var unpickler = Unpickler(
        ByteCursor(block, part: "the pickle"), path: path, allowsNestedFiles: true, source: nil)
      return try unpickler.value()
    }
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
