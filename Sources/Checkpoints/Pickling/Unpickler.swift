internal import Tensors

/// Reads one pickle of protocol 0 to 5 as data.
///
/// Python's pickles are programs that may call anything. This machine knows the few objects of
/// ``PickleGlobal`` as kinds of data. An object of any other class stays closed: its class is a
/// name, its state is data, and nothing of it runs.
struct Unpickler {
  typealias Problem = CheckpointError.Problem
  /// Finds the storage that a persistent id names.
  typealias StorageSource = (StorageReference) throws(Problem) -> StoredStorage

  var cursor: ByteCursor
  /// The file, for messages of tensors whose bytes lie within the pickle.
  let path: String
  let source: StorageSource?
  /// Objects that the pickle refers to by their key alone, as in the tar layout.
  let knownObjects: [String: PickleNode]
  /// Whether tensors may be nested as files within the pickle; those may not nest further.
  let allowsNestedFiles: Bool

  var nodes: [PickleNode] = []
  private var stack: [Int] = []
  private var marks: [Int] = []
  private var memo: [Int: Int] = [:]

  /// How much more may be copied out of objects that were read before; what is read once is
  /// bounded by the file itself.
  private var copyBudget: Int

  /// Far beyond any checkpoint; each costs about 50 bytes.
  static let nodeLimit = 1 << 24

  init(
    _ cursor: ByteCursor, path: String, allowsNestedFiles: Bool = false, source: StorageSource?,
    knownObjects: [String: PickleNode] = [:]
  ) {
    self.cursor = cursor
    self.path = path
    self.allowsNestedFiles = allowsNestedFiles
    self.source = source
    self.knownObjects = knownObjects
    let (scaled, overflow) = cursor.remaining.multipliedReportingOverflow(by: 8)
    copyBudget = overflow ? .max : max(scaled, allowsNestedFiles ? 1 << 24 : 1 << 12)
  }

  /// Counts what is copied from an object that the pickle may name again and again.
  mutating func charge(_ count: Int) throws(Problem) {
    guard count <= copyBudget else {
      throw .excessive("a pickle that copies its objects endlessly")
    }
    copyBudget -= count
  }

  /// Runs to the end of the pickle.
  ///
  /// - Returns: the object's node, to be given to ``freeze(_:)``.
  mutating func run() throws(Problem) -> Int {
    while true {
      let code = try cursor.byte()
      guard let opcode = PickleOpcode(rawValue: code) else {
        throw malformed("unknown instruction 0x\(String(code, radix: 16))")
      }
      if opcode == .stop {
        let result = try pop()
        return result
      }
      try perform(opcode)
    }
  }

  func malformed(_ detail: String) -> Problem {
    .malformed(part: cursor.part, detail: detail)
  }

  // MARK: Stack

  mutating func push(_ node: PickleNode) throws(Problem) {
    guard nodes.count < Self.nodeLimit else {
      throw .excessive("a pickle of more than \(Self.nodeLimit) objects")
    }
    nodes.append(node)
    stack.append(nodes.count - 1)
  }

  private mutating func pushLeaf(_ value: PickleValue) throws(Problem) {
    try push(.leaf(value))
  }

  private mutating func pop() throws(Problem) -> Int {
    guard stack.count > (marks.last ?? 0), let top = stack.popLast() else {
      throw malformed("its stack runs empty")
    }
    return top
  }

  private func top() throws(Problem) -> Int {
    guard stack.count > (marks.last ?? 0), let top = stack.last else {
      throw malformed("its stack runs empty")
    }
    return top
  }

  private mutating func popToMark() throws(Problem) -> [Int] {
    guard let mark = marks.popLast() else { throw malformed("a mark is missing") }
    let items = Array(stack[mark...])
    stack.removeSubrange(mark...)
    return items
  }

  private mutating func popTuple(_ count: Int) throws(Problem) {
    var items: [Int] = []
    for _ in 0..<count { items.append(try pop()) }
    try push(.tuple(items.reversed()))
  }

  // MARK: Memo

  private mutating func remember(_ index: Int) throws(Problem) {
    memo[index] = try top()
  }

  private mutating func recall(_ index: Int) throws(Problem) {
    guard let node = memo[index] else { throw malformed("memo \(index) was never set") }
    stack.append(node)
    guard stack.count <= Self.nodeLimit else {
      throw .excessive("a pickle with a stack of more than \(Self.nodeLimit) objects")
    }
  }

  // MARK: Instructions

  private mutating func perform(_ opcode: PickleOpcode) throws(Problem) {
    switch opcode {
    case .stop: break
    case .proto:
      let version = try cursor.byte()
      guard version <= 5 else { throw .unsupported("pickle protocol \(version)") }
    case .frame: _ = try cursor.length()

    case .mark: marks.append(stack.count)
    case .pop:
      // Python lets POP take a mark as well.
      if let mark = marks.last, mark == stack.count { marks.removeLast() } else { _ = try pop() }
    case .popMark: _ = try popToMark()
    case .dup: stack.append(try top())

    case .get: try recall(try decimal(try cursor.line()))
    case .binGet: try recall(Int(try cursor.byte()))
    case .longBinGet: try recall(Int(try cursor.integer(UInt32.self)))
    case .put: try remember(try decimal(try cursor.line()))
    case .binPut: try remember(Int(try cursor.byte()))
    case .longBinPut: try remember(Int(try cursor.integer(UInt32.self)))
    case .memoize: try remember(memo.count)

    case .none: try pushLeaf(.none)
    case .newTrue: try pushLeaf(.bool(true))
    case .newFalse: try pushLeaf(.bool(false))
    case .int: try pushNumber(line: try cursor.line())
    case .long: try pushNumber(line: try cursor.line())
    case .binInt: try pushLeaf(.int(Int(try cursor.integer(Int32.self))))
    case .binInt1: try pushLeaf(.int(Int(try cursor.byte())))
    case .binInt2: try pushLeaf(.int(Int(try cursor.integer(UInt16.self))))
    case .long1: try pushLong(Int(try cursor.byte()))
    case .long4: try pushLong(Int(try cursor.integer(Int32.self)))
    case .float:
      let line = try cursor.line()
      guard let value = Double(line) else { throw malformed("'\(line)' is no number") }
      try pushLeaf(.float(value))
    case .binFloat: try pushLeaf(.float(try cursor.bigEndianDouble()))

    case .string:
      let line = try cursor.byteLine()
      guard line.count >= 2, let quote = line.first, "'\"".contains(quote), line.last == quote
      else { throw malformed("a string without quotes") }
      try pushLeaf(.string(unescaped(line.dropFirst().dropLast(), isRaw: false)))
    case .shortBinString: try pushLeaf(.string(try cursor.byteString(Int(try cursor.byte()))))
    case .binString:
      try pushLeaf(.string(try cursor.byteString(Int(try cursor.integer(Int32.self)))))
    case .unicode:
      try pushLeaf(.string(unescaped(try cursor.byteLine()[...], isRaw: true)))
    case .shortBinUnicode: try pushLeaf(.string(try cursor.pythonText(Int(try cursor.byte()))))
    case .binUnicode:
      try pushLeaf(.string(try cursor.pythonText(Int(try cursor.integer(UInt32.self)))))
    case .binUnicode8: try pushLeaf(.string(try cursor.pythonText(try cursor.length())))
    case .shortBinBytes: try pushLeaf(.bytes(try cursor.byteArray(Int(try cursor.byte()))))
    case .binBytes: try pushLeaf(.bytes(try cursor.byteArray(Int(try cursor.integer(UInt32.self)))))
    case .binBytes8, .byteArray8: try pushLeaf(.bytes(try cursor.byteArray(try cursor.length())))

    case .emptyList: try push(.list([]))
    case .emptyTuple: try push(.tuple([]))
    case .emptyDict: try push(.dict(.init()))
    case .emptySet: try push(.set([]))
    case .list: try push(.list(try popToMark()))
    case .tuple: try push(.tuple(try popToMark()))
    case .tuple1: try popTuple(1)
    case .tuple2: try popTuple(2)
    case .tuple3: try popTuple(3)
    case .frozenSet: try push(.set(try popToMark()))
    case .dict:
      let items = try popToMark()
      guard items.count.isMultiple(of: 2) else { throw malformed("a key without a value") }
      try push(.dict(.init(items: items)))
    case .append:
      let item = try pop()
      try extend(try top(), with: [item])
    case .appends, .addItems:
      let items = try popToMark()
      try extend(try top(), with: items)
    case .setItem:
      let value = try pop()
      let key = try pop()
      try insert([key, value], into: try top())
    case .setItems:
      let items = try popToMark()
      try insert(items, into: try top())

    case .global:
      let module = try cursor.line()
      try push(.global(PickleGlobal(module: module, name: try cursor.line())))
    case .stackGlobal:
      guard case .leaf(.string(let name)) = nodes[try pop()],
        case .leaf(.string(let module)) = nodes[try pop()]
      else { throw malformed("an object's name is no text") }
      try push(.global(PickleGlobal(module: module, name: name)))
    case .reduce, .newObj:
      let arguments = try pop()
      try push(try call(try pop(), arguments: try tupleItems(arguments)))
    case .newObjEx:
      let keywords = try pop()
      guard case .dict(let dict) = nodes[keywords] else {
        throw malformed("keyword arguments that are no dict")
      }
      let arguments = try tupleItems(try pop())
      let function = try pop()
      try push(
        dict.items.isEmpty
          ? try call(function, arguments: arguments)
          : .object(.init(name: try name(of: function), arguments: arguments + [keywords])))
    case .inst:
      let module = try cursor.line()
      try push(.global(PickleGlobal(module: module, name: try cursor.line())))
      let function = try pop()
      try push(try call(function, arguments: try popToMark()))
    case .obj:
      let items = try popToMark()
      guard let function = items.first else { throw malformed("an object without a class") }
      try push(try call(function, arguments: Array(items.dropFirst())))
    case .build:
      let state = try pop()
      try build(try top(), from: state)

    case .persId: throw malformed("a storage named by text")
    case .binPersId: try push(try persistentObject(try pop()))
    case .ext1, .ext2, .ext4: throw .unsupported("a pickle with registered extensions")
    case .nextBuffer, .readOnlyBuffer: throw .unsupported("a pickle with out-of-band buffers")
    }
  }

  // MARK: Numbers

  private func decimal(_ text: String) throws(Problem) -> Int {
    guard let value = Int(text) else { throw malformed("'\(text)' is no number") }
    return value
  }

  /// Protocol 0: decimal digits, with a final `L` for longs; `00` and `01` are the bools.
  private mutating func pushNumber(line: String) throws(Problem) {
    switch line {
    case "00": try pushLeaf(.bool(false))
    case "01": try pushLeaf(.bool(true))
    default: try pushLeaf(.int(try decimal(line.hasSuffix("L") ? String(line.dropLast()) : line)))
    }
  }

  private mutating func pushLong(_ count: Int) throws(Problem) {
    let bytes = try cursor.byteArray(count)
    try pushLeaf(PickleValue(twosComplement: bytes))
  }

  // MARK: Containers

  func tupleItems(_ index: Int) throws(Problem) -> [Int] {
    guard case .tuple(let items) = nodes[index] else { throw malformed("a tuple is missing") }
    return items
  }

  private mutating func extend(_ target: Int, with items: [Int]) throws(Problem) {
    // The node is emptied first so that its array is not copied.
    let node = nodes[target]
    switch consume node {
    case .list(var list):
      nodes[target] = .emptyArray
      list += items
      nodes[target] = .list(list)
    case .set(var set):
      nodes[target] = .emptyArray
      set += items
      nodes[target] = .set(set)
    case .object(var object):
      nodes[target] = .emptyArray
      object.elements += items
      nodes[target] = .object(object)
    default: throw malformed("an item is added to what is no list")
    }
  }

  private mutating func insert(_ items: [Int], into target: Int) throws(Problem) {
    guard items.count.isMultiple(of: 2) else { throw malformed("a key without a value") }
    let node = nodes[target]
    switch consume node {
    case .dict(var dict):
      nodes[target] = .emptyArray
      dict.items += items
      nodes[target] = .dict(dict)
    case .object(var object):
      nodes[target] = .emptyArray
      object.entries += items
      nodes[target] = .object(object)
    default: throw malformed("a key is set in what is no dict")
    }
  }
}

extension PickleValue {
  /// A whole number as pickles store longs: little-endian two's complement.
  init(twosComplement bytes: [UInt8]) {
    guard bytes.count > 8 else {
      var bits: UInt64 = bytes.last.map { $0 >= 0x80 } == true ? .max : 0
      for byte in bytes.reversed() { bits = bits << 8 | UInt64(byte) }
      self = .int(Int(truncatingIfNeeded: Int64(bitPattern: bits)))
      return
    }
    self = .bigInt(bytes)
  }
}
