import CPython
import Configs
import OrderedCollections
import Synchronization

/// The embedded CPython, which a process can have only one of.
///
/// All state that this module keeps outside of values is here: whether the interpreter is started
/// and, inside it, the functions of ``Supervisor``. A lock lets one thread in at a time; the
/// interpreter is never stopped, because CPython cannot reliably be started twice.
final class PythonInterpreter: Sendable {
  static let shared = PythonInterpreter()

  private enum State {
    case idle
    case ready
    case unusable(reason: String)
  }

  private let state = Mutex(State.idle)

  private init() {}

  /// The name under which the supervisor's functions are kept in the interpreter's `sys.modules`.
  private static let supervisorName = "_mmrazor_supervisor"

  /// Runs `body` with the interpreter started, locked and attached to this thread.
  ///
  /// - Parameter body: gets access to the supervisor; no Python object may leave it.
  func run<Result>(
    _ body: (borrowing Access) throws(ConfigFileError) -> Result
  ) throws(ConfigFileError) -> Result {
    // `withLock` takes untyped closures, hence the detour over a value.
    let outcome = state.withLock { state -> Swift.Result<Result, ConfigFileError> in
      if case .idle = state { state = Self.start() }
      if case .unusable(let reason) = state { return .failure(.interpreter(reason: reason)) }
      let thread = PyGILState_Ensure()
      defer { PyGILState_Release(thread) }
      do throws(ConfigFileError) {
        return .success(try body(try Access()))
      } catch {
        PyErr_Clear()
        return .failure(error)
      }
    }
    return try outcome.get()
  }

  private static func start() -> State {
    // A host program may have started an interpreter of its own; then that one is used.
    let isGuest = Py_IsInitialized() != 0
    if !isGuest, let message = python_start() {
      return .unusable(reason: String(cString: message))
    }
    let thread = PyGILState_Ensure()
    let isDefined = defineSupervisor()
    PyErr_Clear()
    PyGILState_Release(thread)
    // Gives up the lock that starting took, so that any thread can take it.
    if !isGuest { PyEval_SaveThread() }
    return isDefined ? .ready : .unusable(reason: "the supervisor could not be defined")
  }

  private static func defineSupervisor() -> Bool {
    guard
      let code = PythonReference(
        owning: Py_CompileString(Supervisor.source, "<\(supervisorName)>", Py_file_input)),
      let module = PythonReference(
        owning: PyImport_ExecCodeModule(supervisorName, code.object))
    else { return false }
    _ = consume module
    return true
  }
}

extension PythonInterpreter {
  /// Access to the supervisor's functions while the interpreter is locked.
  struct Access: ~Copyable {
    private let supervisor: PythonReference

    fileprivate init() throws(ConfigFileError) {
      guard
        let module = PythonReference(
          owning: PyImport_ImportModule(PythonInterpreter.supervisorName))
      else { throw .interpreter(reason: "its supervisor is gone") }
      supervisor = module
    }

    /// Calls a function of the supervisor and reads its answer: a tuple that begins with a word.
    func call(
      _ name: String, _ arguments: [Config], withEnvironment: Bool = true, file: String
    ) throws(ConfigFileError) -> (word: String, values: [Config]) {
      guard let standIn = PythonReference(owning: attribute("StandIn")),
        let function = PythonReference(owning: attribute(name)),
        let tuple = makeArguments(
          arguments, withEnvironment: withEnvironment, standIn: standIn.object),
        let answer = PythonReference(owning: PyObject_CallObject(function.object, tuple.object))
      else {
        PyErr_Clear()
        throw .interpreter(reason: "calling \(name) for \(file) failed")
      }
      var reader = ValueReader()
      do throws(ValueReader.Failure) {
        let items = try reader.read(answer.object).items ?? []
        return (items.first?.text ?? "", Array(items.dropFirst()))
      } catch {
        // The first component is the place in the answer.
        throw .notTree(
          file: file, path: ConfigPath(components: Array(error.path.components.dropFirst())),
          reason: error.reason)
      }
    }

    private func attribute(_ name: String) -> UnsafeMutablePointer<PyObject>? {
      PyObject_GetAttrString(supervisor.object, name)
    }

    private func makeArguments(
      _ values: [Config], withEnvironment: Bool, standIn: UnsafeMutablePointer<PyObject>
    ) -> PythonReference? {
      guard let list = PythonReference(owning: PyList_New(0)) else { return nil }
      let writer = ValueWriter(standIn: standIn)
      for value in values {
        guard let object = writer.write(value), PyList_Append(list.object, object.object) == 0
        else { return nil }
      }
      if withEnvironment {
        guard let environment = PythonReference(owning: python_environment()),
          PyList_Append(list.object, environment.object) == 0
        else { return nil }
      }
      return PythonReference(owning: PyList_AsTuple(list.object))
    }
  }
}
