import CPython

/// An owned reference to a Python object, given up at the end of its life.
///
/// Lives only inside ``PythonInterpreter/run(_:)``, where the interpreter is locked.
struct PythonReference: ~Copyable {
  let object: UnsafeMutablePointer<PyObject>

  /// Takes over a new reference; `nil` when the call that should have made it failed.
  init?(owning object: UnsafeMutablePointer<PyObject>?) {
    guard let object else { return nil }
    self.object = object
  }

  /// Adds a reference to an object that someone else owns.
  init?(borrowing object: UnsafeMutablePointer<PyObject>?) {
    guard let object else { return nil }
    Py_IncRef(object)
    self.object = object
  }

  deinit {
    Py_DecRef(object)
  }

  /// Gives the reference to a call that takes it over.
  consuming func release() -> UnsafeMutablePointer<PyObject> {
    let object = object
    discard self
    return object
  }
}
