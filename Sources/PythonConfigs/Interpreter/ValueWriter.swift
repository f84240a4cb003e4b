import CPython
import Configs
import OrderedCollections

/// Makes Python values of config values.
///
/// The values of bases, for configs that refer to them. What has no tree form becomes an instance
/// of a stand-in class whose `repr` is the recorded one, so that it can be passed on.
struct ValueWriter {
  /// The class of stand-ins; called with the representation.
  let standIn: UnsafeMutablePointer<PyObject>

  /// A new value, or `nil` with a Python exception set.
  func write(_ value: Config) -> PythonReference? {
    switch value {
    case .none: return PythonReference(owning: python_none())
    case .bool(let flag): return PythonReference(owning: PyBool_FromLong(flag ? 1 : 0))
    case .int(let number): return PythonReference(owning: PyLong_FromLongLong(Int64(number)))
    case .bigInt(let digits): return PythonReference(owning: PyLong_FromString(digits, nil, 10))
    case .float(let number): return PythonReference(owning: PyFloat_FromDouble(number))
    case .string(let text): return Self.string(text)
    case .list(let items): return write(items)
    case .tuple(let items):
      guard let list = write(items) else { return nil }
      return PythonReference(owning: PyList_AsTuple(list.object))
    case .dict(let entries):
      guard let dictionary = PythonReference(owning: PyDict_New()) else { return nil }
      for (key, entry) in entries {
        guard let name = write(key), let item = write(entry),
          PyDict_SetItem(dictionary.object, name.object, item.object) == 0
        else { return nil }
      }
      return dictionary
    case .opaque(let representation): return opaque(representation)
    }
  }

  static func string(_ text: String) -> PythonReference? {
    let count = text.utf8.count
    return PythonReference(
      owning: text.withCString { PyUnicode_DecodeUTF8($0, count, nil) })
  }

  private func write(_ items: [Config]) -> PythonReference? {
    guard let list = PythonReference(owning: PyList_New(0)) else { return nil }
    for item in items {
      guard let item = write(item), PyList_Append(list.object, item.object) == 0 else {
        return nil
      }
    }
    return list
  }

  private func write(_ key: Config.Key) -> PythonReference? {
    switch key {
    case .string(let text): Self.string(text)
    case .int(let number): PythonReference(owning: PyLong_FromLongLong(Int64(number)))
    case .other(let representation): opaque(representation)
    }
  }

  private func opaque(_ representation: String) -> PythonReference? {
    guard let text = Self.string(representation) else { return nil }
    return PythonReference(owning: PyObject_CallOneArg(standIn, text.object))
  }
}
