internal import OrderedCollections
internal import Tensors

/// Writes pickles of protocol 2, as `torch.save` does, with the instructions that PyTorch's
/// `weights_only` loader knows.
struct Pickler {
  private(set) var bytes: [UInt8] = []
  private let tensors: TensorStyle
  private var strings: [String: Int] = [:]
  private var globals: [String: Int] = [:]
  private var memoCount = 0

  /// How tensors refer to their elements.
  enum TensorStyle {
    /// By the key of a storage in the file around the pickle; the legacy layout adds that the
    /// storage is no view of another.
    case keyed(StorageTable, legacy: Bool)
    /// Within the pickle, as Python's own `pickle` module does.
    case embedded
  }

  /// A whole pickle of `value`.
  static func pickle(_ value: PickleValue, tensors: TensorStyle) throws(CheckpointError.Problem)
    -> [UInt8]
  {
    var pickler = Pickler(tensors)
    try pickler.write(value, depth: 0)
    return pickler.finished()
  }

  /// A pickle that consists of nothing but a storage.
  static func pickle(storage: StorageTable.Entry, in table: StorageTable) -> [UInt8] {
    var pickler = Pickler(.keyed(table, legacy: true))
    pickler.writeStorageID(storage, legacy: true)
    return pickler.finished()
  }

  private init(_ tensors: TensorStyle) {
    self.tensors = tensors
    emit(.proto)
    bytes.append(2)
  }

  private consuming func finished() -> [UInt8] {
    emit(.stop)
    return bytes
  }

  // MARK: Instructions

  private mutating func emit(_ opcode: PickleOpcode) {
    bytes.append(opcode.rawValue)
  }

  private mutating func append<T: FixedWidthInteger>(_ value: T) {
    withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
  }

  private mutating func remember() -> Int {
    defer { memoCount += 1 }
    if memoCount < 256 {
      emit(.binPut)
      bytes.append(UInt8(memoCount))
    } else {
      emit(.longBinPut)
      append(UInt32(memoCount))
    }
    return memoCount
  }

  private mutating func recall(_ index: Int) {
    if index < 256 {
      emit(.binGet)
      bytes.append(UInt8(index))
    } else {
      emit(.longBinGet)
      append(UInt32(index))
    }
  }

  private mutating func write(_ text: String) {
    if let index = strings[text] { return recall(index) }
    emit(.binUnicode)
    append(UInt32(text.utf8.count))
    bytes += text.utf8
    strings[text] = remember()
  }

  private mutating func write(global module: String, _ name: String) {
    let line = "\(module)\n\(name)\n"
    if let index = globals[line] { return recall(index) }
    emit(.global)
    bytes += line.utf8
    globals[line] = remember()
  }

  private mutating func write(_ number: Int) {
    if let byte = UInt8(exactly: number) {
      emit(.binInt1)
      bytes.append(byte)
    } else if let short = UInt16(exactly: number) {
      emit(.binInt2)
      append(short)
    } else if let word = Int32(exactly: number) {
      emit(.binInt)
      append(word)
    } else {
      withUnsafeBytes(of: Int64(number).littleEndian) { write(long: Array($0)) }
    }
  }

  private mutating func write(long number: [UInt8]) {
    if number.count < 256 {
      emit(.long1)
      bytes.append(UInt8(number.count))
    } else {
      emit(.long4)
      append(Int32(number.count))
    }
    bytes += number
  }

  private mutating func write(_ flag: Bool) {
    emit(flag ? .newTrue : .newFalse)
  }

  private mutating func write(numbers: [Int]) {
    writeTuple(numbers.count) { pickler, index in pickler.write(numbers[index]) }
  }

  private mutating func writeTuple(
    _ count: Int, _ element: (inout Pickler, Int) throws(CheckpointError.Problem) -> Void
  ) throws(CheckpointError.Problem) {
    if count == 0 { return emit(.emptyTuple) }
    if count > 3 { emit(.mark) }
    for index in 0..<count { try element(&self, index) }
    switch count {
    case 1: emit(.tuple1)
    case 2: emit(.tuple2)
    case 3: emit(.tuple3)
    default: emit(.tuple)
    }
  }

  private mutating func writeTuple(_ count: Int, _ element: (inout Pickler, Int) -> Void) {
    if count == 0 { return emit(.emptyTuple) }
    if count > 3 { emit(.mark) }
    for index in 0..<count { element(&self, index) }
    switch count {
    case 1: emit(.tuple1)
    case 2: emit(.tuple2)
    case 3: emit(.tuple3)
    default: emit(.tuple)
    }
  }

  // MARK: Values

  private mutating func write(_ value: PickleValue, depth: Int) throws(CheckpointError.Problem) {
    guard depth < Unpickler.depthLimit else {
      throw .excessive("objects nested deeper than \(Unpickler.depthLimit) levels")
    }
    switch value {
    case .none: emit(.none)
    case .bool(let flag): write(flag)
    case .int(let number): write(number)
    case .bigInt(let number): write(long: number)
    case .float(let number):
      emit(.binFloat)
      withUnsafeBytes(of: number.bitPattern.bigEndian) { bytes += $0 }
    case .complex(let real, let imaginary):
      write(global: "__builtin__", "complex")
      try write(.tuple([.float(real), .float(imaginary)]), depth: depth)
      emit(.reduce)
    case .string(let text):
      guard text.utf8.count <= Int(UInt32.max) else { throw .excessive("a text of over 4 GB") }
      write(text)
    case .bytes(let content): write(content)
    case .list(let items):
      emit(.emptyList)
      try writeItems(items, depth: depth, closing: .appends)
    case .tuple(let items):
      try writeTuple(items.count) { (pickler, index) throws(CheckpointError.Problem) in
        try pickler.write(items[index], depth: depth + 1)
      }
    case .set(let items):
      write(global: "__builtin__", "set")
      emit(.emptyList)
      try writeItems(items.map(PickleValue.init), depth: depth, closing: .appends)
      emit(.tuple1)
      emit(.reduce)
    case .dict(let dictionary): try write(dictionary, depth: depth)
    case .tensor(let tensor): try write(tensor)
    case .array(let array): write(array)
    case .size(let extents):
      write(global: "torch", "Size")
      write(numbers: extents)
      emit(.tuple1)
      emit(.reduce)
    case .device(let name): write(device: name)
    case .dtype(let name): write(global: "torch", name)
    case .object(let object): throw .forbiddenGlobal(object.name)
    }
  }

  private mutating func writeItems(
    _ items: [PickleValue], depth: Int, closing: PickleOpcode
  ) throws(CheckpointError.Problem) {
    guard !items.isEmpty else { return }
    emit(.mark)
    for item in items { try write(item, depth: depth + 1) }
    emit(closing)
  }

  private mutating func write(
    _ dictionary: PickleDictionary, depth: Int
  ) throws(CheckpointError.Problem) {
    switch dictionary.kind {
    case .plain: emit(.emptyDict)
    case .ordered:
      write(global: "collections", "OrderedDict")
      emit(.emptyTuple)
      emit(.reduce)
    }
    try writeItems(
      dictionary.items.flatMap { [PickleValue($0.key), $0.value] }, depth: depth,
      closing: .setItems)
    guard dictionary.kind == .ordered, !dictionary.attributes.isEmpty else { return }
    emit(.emptyDict)
    try writeItems(
      dictionary.attributes.flatMap { [PickleValue.string($0.key), $0.value] }, depth: depth,
      closing: .setItems)
    emit(.build)
  }

  /// Protocol 2 has no bytes: they go as Latin-1 text.
  private mutating func write(_ content: [UInt8]) {
    guard !content.isEmpty else {
      write(global: "__builtin__", "bytes")
      emit(.emptyTuple)
      emit(.reduce)
      return
    }
    write(global: "_codecs", "encode")
    var text: [UInt8] = []
    text.reserveCapacity(content.count + content.count / 2)
    for byte in content {
      if byte < 0x80 {
        text.append(byte)
      } else {
        text.append(0xC0 | byte >> 6)
        text.append(0x80 | byte & 0x3F)
      }
    }
    emit(.binUnicode)
    append(UInt32(text.count))
    bytes += text
    write("latin1")
    emit(.tuple2)
    emit(.reduce)
  }

  private mutating func write(device name: String) {
    write(global: "torch", "device")
    let parts = name.split(separator: ":")
    if parts.count == 2, let index = Int(parts[1]) {
      write(String(parts[0]))
      write(index)
      emit(.tuple2)
    } else {
      write(name)
      emit(.tuple1)
    }
    emit(.reduce)
  }

  private mutating func write(_ array: NumpyArray) {
    write(global: "numpy.core.multiarray", "_reconstruct")
    write(global: "numpy", "ndarray")
    write(numbers: [0])
    write([UInt8(ascii: "b")])
    emit(.tuple3)
    emit(.reduce)
    emit(.mark)
    write(1)
    write(numbers: array.shape)
    write(global: "numpy", "dtype")
    write(array.descriptor)
    write(false)
    write(true)
    emit(.tuple3)
    emit(.reduce)
    emit(.mark)
    write(3)
    write(array.descriptor.hasSuffix("1") ? "|" : "<")
    for _ in 0..<3 { emit(.none) }
    write(-1)
    write(-1)
    write(0)
    emit(.tuple)
    emit(.build)
    write(array.isFortranOrder)
    write(array.bytes)
    emit(.tuple)
    emit(.build)
  }

  // MARK: Tensors

  private mutating func write(_ tensor: StoredTensor) throws(CheckpointError.Problem) {
    if tensor.isParameter { write(global: "torch._utils", "_rebuild_parameter") }
    write(global: "torch._utils", "_rebuild_tensor_v2")
    emit(.mark)
    let view: StorageTable.View
    switch tensors {
    case .keyed(let table, let legacy):
      view = table.add(tensor)
      writeStorageID(view.entry, legacy: legacy)
    case .embedded:
      let table = StorageTable()
      view = table.add(tensor)
      let file = try LegacyWriter.storageFile(view.entry, in: table)
      guard file.count <= Int(UInt32.max) / 2 else { throw .excessive("a tensor of over 2 GB") }
      write(global: "torch.storage", "_load_from_bytes")
      write(file)
      emit(.tuple1)
      emit(.reduce)
    }
    write(view.offset)
    write(numbers: tensor.shape.dimensions)
    write(numbers: view.strides)
    write(tensor.isParameter ? false : tensor.requiresGradient)
    writeEmptyOrderedDict()
    emit(.tuple)
    emit(.reduce)
    guard tensor.isParameter else { return }
    write(tensor.requiresGradient)
    writeEmptyOrderedDict()
    emit(.tuple3)
    emit(.reduce)
  }

  /// The place of backward hooks.
  private mutating func writeEmptyOrderedDict() {
    write(global: "collections", "OrderedDict")
    emit(.emptyTuple)
    emit(.reduce)
  }

  private mutating func writeStorageID(_ entry: StorageTable.Entry, legacy: Bool) {
    emit(.mark)
    write("storage")
    write(global: "torch", PickleGlobal.storageName(of: entry.dtype))
    write(entry.key)
    write("cpu")
    write(entry.count)
    if legacy { emit(.none) }
    emit(.tuple)
    emit(.binPersId)
  }
}
