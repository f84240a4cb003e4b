internal import Tensors

/// What Python would make by calling an object, as data.
extension Unpickler {
  mutating func call(_ function: Int, arguments: [Int]) throws(Problem) -> PickleNode {
    guard case .global(let global) = nodes[function] else {
      throw malformed("a call of what is no function")
    }
    switch global {
    case .dict: return .dict(.init(items: try pairs(arguments)))
    case .orderedDict: return .dict(.init(kind: .ordered, items: try pairs(arguments)))
    case .counter: return .dict(.init(items: try pairs(arguments)))
    // The first argument makes default values; the second is what dict(…) takes.
    case .defaultDict: return .dict(.init(items: try pairs(Array(arguments.dropFirst()))))
    case .list: return .list(try elements(arguments))
    case .tuple: return .tuple(try elements(arguments))
    case .set, .frozenSet: return .set(try elements(arguments))
    case .encode: return .leaf(.bytes(try encodedBytes(arguments)))
    case .bytes, .byteArray: return .leaf(.bytes(try byteContent(arguments)))
    case .rebuildTensor, .rebuildTensorV2, .rebuildTensorV3:
      return .leaf(.tensor(try tensor(global, arguments)))
    case .rebuildParameter, .rebuildParameterWithState:
      let (inner, requiresGradient) = (try leafTensor(arguments, 0), try boolean(arguments, 1))
      return .leaf(.tensor(inner.asParameter(requiresGradient: requiresGradient)))
    case .rebuildFromType:
      // (function, class, arguments, state)
      guard arguments.count == 4, case .global(let type) = nodes[arguments[1]],
        type == .tensorClass || type == .parameterClass,
        case .global(let inner) = nodes[arguments[0]], inner != .rebuildFromType
      else { throw malformed("a tensor of an unknown class") }
      return try call(arguments[0], arguments: try tupleItems(arguments[2]))
    case .loadFromBytes:
      return try nestedStorage(arguments)
    case .size:
      guard arguments.count == 1 else { throw wrongArguments(global) }
      return .leaf(.size(try integers(arguments[0])))
    case .device: return .leaf(.device(try deviceName(arguments)))
    case .numpyDType:
      guard let first = arguments.first, case .leaf(.string(let name)) = nodes[first] else {
        throw wrongArguments(global)
      }
      return .numpyDType(try numpyDescriptor(name))
    case .numpyScalar:
      guard arguments.count == 2, case .numpyDType(let descriptor) = nodes[arguments[0]] else {
        throw wrongArguments(global)
      }
      return .leaf(try numpyScalar(descriptor, try bytes(arguments[1])))
    case .numpyReconstruct: return .emptyArray
    case .numpyFromBuffer:
      guard arguments.count == 4, case .numpyDType(let descriptor) = nodes[arguments[1]],
        case .leaf(.string(let order)) = nodes[arguments[3]]
      else { throw wrongArguments(global) }
      return .leaf(
        .array(
          try numpyArray(
            descriptor, shape: try integers(arguments[2]), isFortranOrder: order == "F",
            bytes: try bytes(arguments[0]))))
    case .int, .float, .bool, .string, .tensorClass, .parameterClass, .storage, .dtype,
      .numpyArrayClass:
      throw wrongArguments(global)
    }
  }

  /// Python's BUILD: gives an object its state.
  mutating func build(_ target: Int, from state: Int) throws(Problem) {
    switch nodes[target] {
    case .dict(var dict):
      // addict's dicts give themselves as their own state.
      guard state != target else { return }
      guard case .dict = nodes[state] else { throw malformed("a dict's state is no dict") }
      dict.attributes = state
      nodes[target] = .dict(dict)
    case .numpyDType(let descriptor):
      let items = try tupleItems(state)
      guard items.count >= 2, case .leaf(.string(let order)) = nodes[items[1]] else {
        throw malformed("a numpy type without a byte order")
      }
      guard order != ">" else { throw .unsupported("the big-endian numpy type '\(descriptor)'") }
    case .emptyArray:
      let items = try tupleItems(state)
      guard items.count == 5, case .numpyDType(let descriptor) = nodes[items[2]] else {
        throw malformed("a numpy array without its description")
      }
      nodes[target] = .leaf(
        .array(
          try numpyArray(
            descriptor, shape: try integers(items[1]), isFortranOrder: try boolean(items, 3),
            bytes: try bytes(items[4]))))
    default: throw malformed("state for an object that has none")
    }
  }

  // MARK: Arguments

  private func wrongArguments(_ global: PickleGlobal) -> Problem {
    malformed("'\(global)' is used as no PyTorch version does")
  }

  private func integer(_ index: Int) throws(Problem) -> Int {
    guard case .leaf(let leaf) = nodes[index], let value = leaf.integer else {
      throw malformed("a whole number is missing")
    }
    return value
  }

  private mutating func integers(_ index: Int) throws(Problem) -> [Int] {
    if case .leaf(.size(let sizes)) = nodes[index] { return sizes }
    var result: [Int] = []
    let items = try tupleItems(index)
    try charge(items.count)
    for item in items { result.append(try integer(item)) }
    return result
  }

  private func boolean(_ arguments: [Int], _ position: Int) throws(Problem) -> Bool {
    guard position < arguments.count else { throw malformed("an argument is missing") }
    return try integer(arguments[position]) != 0
  }

  private func text(_ index: Int) throws(Problem) -> String {
    switch nodes[index] {
    case .leaf(.string(let text)): return text
    case .leaf(.bytes(let bytes)):
      guard let text = String(validating: bytes, as: UTF8.self) else { break }
      return text
    // Keys of storages were once numbers.
    case .leaf(.int(let number)): return "\(number)"
    default: break
    }
    throw malformed("text is missing")
  }

  private func leafTensor(_ arguments: [Int], _ position: Int) throws(Problem) -> StoredTensor {
    guard position < arguments.count, case .leaf(.tensor(let tensor)) = nodes[arguments[position]]
    else { throw malformed("a tensor is missing") }
    return tensor
  }

  /// The elements of the list, tuple or set that a constructor may get.
  private mutating func elements(_ arguments: [Int]) throws(Problem) -> [Int] {
    guard let first = arguments.first else { return [] }
    switch nodes[first] {
    case .list(let items), .tuple(let items), .set(let items):
      guard arguments.count == 1 else { break }
      try charge(items.count)
      return items
    default: break
    }
    throw malformed("a collection made of what is none")
  }

  /// Keys and values in turn, from nothing, a dict, or a list of pairs.
  private mutating func pairs(_ arguments: [Int]) throws(Problem) -> [Int] {
    guard let first = arguments.first else { return [] }
    if case .dict(let dict) = nodes[first] {
      try charge(dict.items.count)
      return dict.items
    }
    var items: [Int] = []
    for entry in try elements(arguments) {
      let pair =
        switch nodes[entry] {
        case .list(let items), .tuple(let items): items
        default: [Int]()
        }
      guard pair.count == 2 else { throw malformed("a dict made of what are no pairs") }
      items += pair
    }
    return items
  }

  private mutating func bytes(_ index: Int) throws(Problem) -> [UInt8] {
    switch nodes[index] {
    case .leaf(.bytes(let bytes)): return bytes
    case .leaf(.string(let text)): return try latin1(text)
    default: throw malformed("bytes are missing")
    }
  }

  /// Each character is one byte.
  private mutating func latin1(_ text: String) throws(Problem) -> [UInt8] {
    try charge(text.utf8.count)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      guard scalar.value < 256 else { throw malformed("text that is not Latin-1") }
      bytes.append(UInt8(scalar.value))
    }
    return bytes
  }

  /// `_codecs.encode(text, 'latin1')`: how protocol 2 writes bytes.
  private mutating func encodedBytes(_ arguments: [Int]) throws(Problem) -> [UInt8] {
    guard arguments.count == 2, case .leaf(.string(let text)) = nodes[arguments[0]],
      case .leaf(.string(let encoding)) = nodes[arguments[1]]
    else { throw wrongArguments(.encode) }
    switch encoding {
    case "latin1", "latin-1": return try latin1(text)
    case "utf-8", "utf8", "ascii": return Array(text.utf8)
    default: throw .unsupported("the text encoding '\(encoding)'")
    }
  }

  private mutating func byteContent(_ arguments: [Int]) throws(Problem) -> [UInt8] {
    switch arguments.count {
    case 0: return []
    case 1:
      if case .list(let items) = nodes[arguments[0]] {
        try charge(items.count)
        var bytes: [UInt8] = []
        for item in items {
          guard let byte = UInt8(exactly: try integer(item)) else {
            throw malformed("a number that is no byte")
          }
          bytes.append(byte)
        }
        return bytes
      }
      return try bytes(arguments[0])
    default: return try encodedBytes(arguments)
    }
  }

  private func deviceName(_ arguments: [Int]) throws(Problem) -> String {
    switch arguments.count {
    case 1: return try text(arguments[0])
    case 2: return "\(try text(arguments[0])):\(try integer(arguments[1]))"
    default: throw wrongArguments(.device)
    }
  }

  // MARK: Tensors

  /// `('storage', class, key, location, count)`, with a view of it in the legacy layout.
  func storageNode(_ id: [Int]) throws(Problem) -> PickleNode {
    guard let source else { throw malformed("a storage outside the pickle") }
    guard id.count >= 5, try text(id[0]) == "storage" else {
      throw .unsupported("a pickled module instead of a state dict")
    }
    guard case .global(.storage(let dtype)) = nodes[id[1]] else {
      throw malformed("a storage without a type")
    }
    var view: (key: String, offset: Int, count: Int)?
    if id.count > 5, case .tuple(let parts) = nodes[id[5]], parts.count == 3 {
      view = (try text(parts[0]), try integer(parts[1]), try integer(parts[2]))
    }
    let reference = StorageReference(
      dtype: dtype, key: try text(id[2]), count: try integer(id[4]), view: view)
    let (bytes, overflow) = reference.count.multipliedReportingOverflow(by: reference.elementBytes)
    guard reference.count >= 0, !overflow, bytes >= 0 else {
      throw malformed("a storage of \(reference.count) elements")
    }
    if let view {
      guard view.offset >= 0, view.count >= 0, view.offset <= reference.count,
        view.count <= reference.count - view.offset
      else { throw malformed("a view outside its storage") }
    }
    return .storage(try source(reference), dtype, elementOffset: view?.offset ?? 0)
  }

  /// `(storage, offset, size, stride, …)`; version 3 adds the element type.
  private mutating func tensor(
    _ global: PickleGlobal, _ arguments: [Int]
  ) throws(Problem) -> StoredTensor {
    guard arguments.count >= 4,
      case .storage(let storage, let storageType, let base) = nodes[arguments[0]]
    else { throw malformed("a tensor without a storage") }
    var dtype = storageType
    if global == .rebuildTensorV3 {
      guard arguments.count >= 7, case .global(.dtype(let name)) = nodes[arguments[6]] else {
        throw malformed("a tensor without an element type")
      }
      dtype = DType(rawValue: name)
      guard dtype != nil else { throw .unsupported("the element type 'torch.\(name)'") }
    }
    let (offset, overflow) = try integer(arguments[1]).addingReportingOverflow(base)
    guard !overflow else { throw malformed("a tensor beyond its storage") }
    return try StoredTensor(
      storage: storage, dtype: dtype ?? .uint8, dimensions: try integers(arguments[2]),
      strides: try integers(arguments[3]), offset: offset,
      requiresGradient: arguments.count > 4 && global != .rebuildTensor
        ? try boolean(arguments, 4) : false)
  }

  /// A tensor pickled without `torch.save` carries its storage as a whole file of its own.
  private mutating func nestedStorage(_ arguments: [Int]) throws(Problem) -> PickleNode {
    guard arguments.count == 1 else { throw wrongArguments(.loadFromBytes) }
    guard allowsNestedFiles else { throw malformed("a file within a file within a file") }
    let content = try bytes(arguments[0])
    try charge(content.count)
    let block = ByteBlock(copying: content)
    return try TorchFile(block, path: path).loneStorage()
  }

  // MARK: Numpy

  private func numpyDescriptor(_ name: String) throws(Problem) -> String {
    let bare = name.first.map { "<|=".contains($0) } == true ? String(name.dropFirst()) : name
    guard numpyItemBytes(bare) != nil else { throw .unsupported("the numpy type '\(name)'") }
    return bare
  }

  private func numpyItemBytes(_ descriptor: String) -> Int? {
    switch descriptor {
    case "f8", "i8", "u8": 8
    case "f4", "i4", "u4": 4
    case "f2", "i2", "u2": 2
    case "i1", "u1", "b1": 1
    default: nil
    }
  }

  private func numpyArray(
    _ descriptor: String, shape: [Int], isFortranOrder: Bool, bytes: [UInt8]
  ) throws(Problem) -> NumpyArray {
    var (total, overflowed) = (numpyItemBytes(descriptor) ?? 0, false)
    for extent in shape {
      let (product, overflow) = total.multipliedReportingOverflow(by: extent)
      (total, overflowed) = (product, overflowed || overflow || extent < 0)
    }
    guard !overflowed, total == bytes.count else {
      throw malformed("\(bytes.count) bytes for a numpy array of shape \(shape)")
    }
    return NumpyArray(
      descriptor: descriptor, shape: shape, isFortranOrder: isFortranOrder, bytes: bytes)
  }

  private func numpyScalar(
    _ descriptor: String, _ bytes: [UInt8]
  ) throws(Problem) -> PickleValue {
    let array = try numpyArray(descriptor, shape: [], isFortranOrder: false, bytes: bytes)
    switch descriptor.first {
    case "f": return .float(array.values?.first ?? .nan)
    case "b": return .bool(bytes[0] != 0)
    case "i": return PickleValue(twosComplement: bytes)
    // A further zero byte keeps an unsigned number from looking negative.
    default: return PickleValue(unsigned: bytes)
    }
  }
}

extension PickleValue {
  fileprivate init(unsigned bytes: [UInt8]) {
    let isNegative = bytes.last.map { $0 >= 0x80 } == true
    self = PickleValue(twosComplement: isNegative ? bytes + [0] : bytes)
  }
}
