internal import Tensors

/// What Python would make by calling an object, as data.
extension Unpickler {
  mutating func call(_ function: Int, arguments: [Int]) throws(Problem) -> PickleNode {
    guard case .global(let global) = nodes[function] else {
      return .object(.init(name: try name(of: function), arguments: arguments))
    }
    /// The call as an object that stays closed.
    var closed: PickleNode { .object(.init(name: global.path, arguments: arguments)) }
    switch global {
    case .other: return member(of: global, arguments) ?? closed
    case .reconstructor: return try reconstructed(arguments) ?? closed
    case .deque: return .list(try elements(Array(arguments.prefix(1))))
    case .complex, .decimal, .path, .date, .time, .dateTime, .timeDelta:
      return knownValue(global, arguments).map(PickleNode.leaf) ?? closed
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
      return try tensor(global, arguments).map { .leaf(.tensor($0)) } ?? closed
    case .rebuildParameter, .rebuildParameterWithState:
      if let first = arguments.first, case .object = nodes[first] { return closed }
      let (inner, requiresGradient) = (try leafTensor(arguments, 0), try boolean(arguments, 1))
      return .leaf(.tensor(inner.asParameter(requiresGradient: requiresGradient)))
    case .rebuildFromType:
      // (function, class, arguments, state); a tensor of any class is a tensor.
      guard arguments.count == 4, case .global(let inner) = nodes[arguments[0]],
        inner != .rebuildFromType
      else { return closed }
      return try call(arguments[0], arguments: try tupleItems(arguments[2]))
    case .loadFromBytes:
      return try nestedStorage(arguments)
    case .size:
      guard arguments.count == 1 else { throw wrongArguments(global) }
      return .leaf(.size(try integers(arguments[0])))
    case .device: return .leaf(.device(try deviceName(arguments)))
    case .numpyDType:
      guard let first = arguments.first, case .leaf(.string(let name)) = nodes[first] else {
        return closed
      }
      return .numpyDType(
        name.first.map { "<|=".contains($0) } == true ? "\(name.dropFirst())" : name)
    case .numpyScalar:
      guard arguments.count == 2, case .numpyDType(let descriptor) = nodes[arguments[0]],
        NumpyArray.itemBytes(descriptor) != nil || "SU".contains(descriptor.prefix(1))
      else { return closed }
      return .leaf(try numpyScalar(descriptor, try bytes(arguments[1])))
    case .numpyReconstruct: return .emptyArray
    case .numpyFromBuffer:
      guard arguments.count == 4, case .numpyDType(let descriptor) = nodes[arguments[1]],
        case .leaf(.string(let order)) = nodes[arguments[3]],
        NumpyArray.itemBytes(descriptor) != nil
      else { return closed }
      return .leaf(
        .array(
          try numpyArray(
            descriptor, shape: try integers(arguments[2]), isFortranOrder: order == "F",
            bytes: try bytes(arguments[0]))))
    case .int, .float, .bool, .string, .tensorClass, .parameterClass, .storage, .dtype,
      .numpyArrayClass:
      return closed
    }
  }

  /// Python's BUILD: gives an object its state.
  mutating func build(_ target: Int, from state: Int) throws(Problem) {
    switch nodes[target] {
    case .dict(var dict):
      // addict's dicts give themselves as their own state.
      guard state != target else { return }
      guard case .dict = nodes[state] else { return }
      dict.attributes = state
      nodes[target] = .dict(dict)
    case .object(var object):
      object.state = state
      nodes[target] = .object(object)
    // Kinds of lists and sets have attributes; their elements count.
    case .list, .set: return
    case .numpyDType(let descriptor):
      let items = try tupleItems(state)
      guard items.count >= 2, case .leaf(.string(let order)) = nodes[items[1]] else {
        throw malformed("a numpy type without a byte order")
      }
      // Its arrays stay closed, as those of any type that is no plain number.
      if order == ">" { nodes[target] = .numpyDType(">" + descriptor) }
    case .emptyArray:
      let items = try tupleItems(state)
      guard items.count == 5, case .numpyDType(let descriptor) = nodes[items[2]] else {
        throw malformed("a numpy array without its description")
      }
      guard NumpyArray.itemBytes(descriptor) != nil else {
        nodes[target] = .object(.init(name: "numpy.ndarray of \(descriptor)", state: state))
        return
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

  /// Resolves a reference to data outside the pickle: a storage, an object by its key, or in the
  /// legacy layout a class with its source, `('module', class, file, source)`.
  func persistentObject(_ id: Int) throws(Problem) -> PickleNode {
    guard case .tuple(let parts) = nodes[id] else {
      let key = try text(id)
      guard let object = knownObjects[key] else { throw malformed("object '\(key)' is missing") }
      return object
    }
    if source == nil, !knownObjects.isEmpty, let first = parts.first { return nodes[first] }
    if parts.count == 4, case .leaf(.string("module")) = nodes[parts[0]] { return nodes[parts[1]] }
    return try storageNode(parts)
  }

  /// `('storage', class, key, location, count)`, with a view of it in the legacy layout.
  private func storageNode(_ id: [Int]) throws(Problem) -> PickleNode {
    guard let source else { throw malformed("a storage outside the pickle") }
    guard id.count >= 5, try text(id[0]) == "storage" else {
      throw malformed("a reference of an unknown kind")
    }
    guard case .global(.storage(let type)) = nodes[id[1]] else {
      throw malformed("a storage without a type")
    }
    var view: (key: String, offset: Int, count: Int)?
    if id.count > 5, case .tuple(let parts) = nodes[id[5]], parts.count == 3 {
      view = (try text(parts[0]), try integer(parts[1]), try integer(parts[2]))
    }
    let reference = StorageReference(
      type: type, key: try text(id[2]), count: try integer(id[4]), view: view)
    let (bytes, overflow) = reference.count.multipliedReportingOverflow(by: reference.elementBytes)
    guard reference.count >= 0, !overflow, bytes >= 0 else {
      throw malformed("a storage of \(reference.count) elements")
    }
    if let view {
      guard view.offset >= 0, view.count >= 0, view.offset <= reference.count,
        view.count <= reference.count - view.offset
      else { throw malformed("a view outside its storage") }
    }
    return .storage(try source(reference), type, elementOffset: view?.offset ?? 0)
  }

  /// `(storage, offset, size, stride, …)`; version 3 adds the element type.
  ///
  /// - Returns: nil where the elements are of a type that only PyTorch has.
  private mutating func tensor(
    _ global: PickleGlobal, _ arguments: [Int]
  ) throws(Problem) -> StoredTensor? {
    guard arguments.count >= 4,
      case .storage(let storage, let storageType, let base) = nodes[arguments[0]]
    else { throw malformed("a tensor without a storage") }
    guard !storageType.isForeign else { return nil }
    var dtype = storageType.dtype
    if global == .rebuildTensorV3 {
      guard arguments.count >= 7, case .global(.dtype(let name)) = nodes[arguments[6]] else {
        throw malformed("a tensor without an element type")
      }
      dtype = DType(rawValue: name)
      guard dtype != nil else { return nil }
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

  private func numpyArray(
    _ descriptor: String, shape: [Int], isFortranOrder: Bool, bytes: [UInt8]
  ) throws(Problem) -> NumpyArray {
    var (total, overflowed) = (NumpyArray.itemBytes(descriptor) ?? 0, false)
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
    switch descriptor.first {
    case "S": return .bytes(bytes)
    case "U":
      let scalars = stride(from: 0, to: bytes.count - 3, by: 4).map { start in
        Unicode.Scalar((0..<4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32(bytes[start + $1]) })
          ?? "\u{FFFD}"
      }
      return .string(String(String.UnicodeScalarView(scalars)))
    default: break
    }
    let array = try numpyArray(descriptor, shape: [], isFortranOrder: false, bytes: bytes)
    switch descriptor.first {
    case "c":
      return .complex(
        array.complexValues?.first?.real ?? 0, array.complexValues?.first?.imaginary ?? 0)
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
