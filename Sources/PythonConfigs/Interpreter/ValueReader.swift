import CPython
import Configs
import OrderedCollections

/// Copies Python values into config values.
struct ValueReader {
  /// Why a value is not a tree.
  struct Failure: Error {
    let path: ConfigPath
    let reason: String
  }

  private var count = 0
  /// The containers around the value that is being read.
  private var enclosing: [UnsafeMutablePointer<PyObject>] = []
  private var path: [String] = []

  mutating func read(_ object: UnsafeMutablePointer<PyObject>) throws(Failure) -> Config {
    count += 1
    if count > Config.maximumCount {
      throw failure("the config has more than \(Config.maximumCount) values")
    }
    switch python_kind_of(object) {
    case PYTHON_NONE: return .none
    case PYTHON_BOOL: return .bool(python_is_true(object) != 0)
    case PYTHON_INT: return Self.integer(object)
    case PYTHON_FLOAT: return .float(PyFloat_AsDouble(object))
    case PYTHON_STRING:
      return Self.string(object).map { .string($0) } ?? Self.opaque(object)
    case PYTHON_LIST:
      return .list(
        try readItems(object, count: PyList_Size(object)) { PyList_GetItem(object, $0) })
    case PYTHON_TUPLE:
      return .tuple(
        try readItems(object, count: PyTuple_Size(object)) { PyTuple_GetItem(object, $0) })
    case PYTHON_DICT:
      return .dict(try readEntries(object))
    default:
      return Self.opaque(object)
    }
  }

  private mutating func readItems(
    _ container: UnsafeMutablePointer<PyObject>, count: Int,
    item: (Int) -> UnsafeMutablePointer<PyObject>?
  ) throws(Failure) -> [Config] {
    try enter(container)
    defer { enclosing.removeLast() }
    var items: [Config] = []
    items.reserveCapacity(count)
    for index in 0..<count {
      // Reading an item can run its `__repr__`, which may do anything to the container.
      guard let reference = PythonReference(borrowing: item(index)) else {
        PyErr_Clear()
        break
      }
      path.append(String(index))
      items.append(try read(reference.object))
      path.removeLast()
    }
    return items
  }

  private mutating func readEntries(
    _ container: UnsafeMutablePointer<PyObject>
  ) throws(Failure) -> OrderedDictionary<Config.Key, Config> {
    try enter(container)
    defer { enclosing.removeLast() }
    guard let pairs = PythonReference(owning: PyDict_Items(container)) else {
      PyErr_Clear()
      return [:]
    }
    let count = PyList_Size(pairs.object)
    var entries = OrderedDictionary<Config.Key, Config>(minimumCapacity: count)
    for index in 0..<count {
      guard let pair = PyList_GetItem(pairs.object, index),
        let name = PyTuple_GetItem(pair, 0), let value = PyTuple_GetItem(pair, 1)
      else {
        PyErr_Clear()
        break
      }
      let key = Self.key(name)
      path.append(key.text)
      entries[key] = try read(value)
      path.removeLast()
    }
    return entries
  }

  private mutating func enter(
    _ container: UnsafeMutablePointer<PyObject>
  ) throws(Failure) {
    if enclosing.contains(container) { throw failure("the value contains itself") }
    if enclosing.count >= Config.maximumDepth {
      throw failure("the value is nested more than \(Config.maximumDepth) levels deep")
    }
    enclosing.append(container)
  }

  private func failure(_ reason: String) -> Failure {
    Failure(path: ConfigPath(components: Array(path.prefix(20))), reason: reason)
  }

  private static func key(_ object: UnsafeMutablePointer<PyObject>) -> Config.Key {
    switch python_kind_of(object) {
    case PYTHON_STRING:
      if let text = string(object) { return .string(text) }
    case PYTHON_INT:
      if case .int(let number) = integer(object) { return .int(number) }
    default: break
    }
    return .other(representation: representation(of: object))
  }

  private static func integer(_ object: UnsafeMutablePointer<PyObject>) -> Config {
    var overflow: CInt = 0
    let value = PyLong_AsLongLongAndOverflow(object, &overflow)
    if overflow == 0 { return .int(Int(value)) }
    // Decimal digits take quadratic time, so Python refuses them for very long integers.
    if let decimal = PythonReference(owning: PyNumber_ToBase(object, 10)),
      let text = string(decimal.object)
    {
      return .bigInt(text)
    }
    PyErr_Clear()
    guard let hexadecimal = PythonReference(owning: PyNumber_ToBase(object, 16)),
      let text = string(hexadecimal.object)
    else { return opaque(object) }
    return .opaque(representation: text)
  }

  /// The text of a `str`, unless it has lone surrogates and so no UTF-8 form.
  private static func string(_ object: UnsafeMutablePointer<PyObject>) -> String? {
    var size = 0
    guard let bytes = PyUnicode_AsUTF8AndSize(object, &size) else {
      PyErr_Clear()
      return nil
    }
    return bytes.withMemoryRebound(to: UInt8.self, capacity: size) {
      String(decoding: UnsafeBufferPointer(start: $0, count: size), as: UTF8.self)
    }
  }

  private static func opaque(_ object: UnsafeMutablePointer<PyObject>) -> Config {
    .opaque(representation: representation(of: object))
  }

  private static func representation(of object: UnsafeMutablePointer<PyObject>) -> String {
    // `ascii` rather than `repr` where the latter has no UTF-8 form.
    if let text = PythonReference(owning: PyObject_Repr(object)), let text = string(text.object) {
      return text
    }
    PyErr_Clear()
    if let text = PythonReference(owning: PyObject_ASCII(object)), let text = string(text.object) {
      return text
    }
    PyErr_Clear()
    return "<object without a repr>"
  }
}
