internal import Tensors

/// The stream layout of `torch.save` before PyTorch 1.6; see ``LegacyStream``.
enum LegacyWriter {
  typealias Problem = CheckpointError.Problem

  static func write<Sink: ByteSink & ~Copyable>(
    _ value: PickleValue, to sink: consuming Sink
  ) throws(Problem) -> Sink {
    let table = StorageTable()
    let pickle = try Pickler.pickle(value, tensors: .keyed(table, legacy: true))
    return try write(pickle, table, to: sink)
  }

  /// A file whose object is a lone storage.
  static func storageFile(
    _ entry: StorageTable.Entry, in table: StorageTable
  ) throws(Problem) -> [UInt8] {
    try write(Pickler.pickle(storage: entry, in: table), table, to: MemorySink()).bytes
  }

  private static func write<Sink: ByteSink & ~Copyable>(
    _ pickle: [UInt8], _ table: StorageTable, to sink: consuming Sink
  ) throws(Problem) -> Sink {
    let header: [PickleValue] = [
      .bigInt(LegacyStream.magic), .int(LegacyStream.protocolVersion),
      [
        "protocol_version": .int(LegacyStream.protocolVersion), "little_endian": true,
        "type_sizes": ["short": 2, "int": 4, "long": 4],
      ],
    ]
    for value in header { try sink.write(try Pickler.pickle(value, tensors: .embedded)) }
    try sink.write(pickle)
    let keys = table.entries.map { PickleValue.string($0.key) }
    try sink.write(try Pickler.pickle(.list(keys), tensors: .embedded))
    for entry in table.entries {
      try table.withBytes(of: entry) { (bytes) throws(Problem) in
        try sink.write(withUnsafeBytes(of: Int64(entry.count).littleEndian) { Array($0) })
        try sink.write(bytes)
      }
    }
    return sink
  }
}
