internal import Foundation
internal import Synchronization

/// State shared by threads, with a way to wait until it changes.
///
/// The mutex inside guards the state for the compiler's eyes; it is never contended, because the
/// condition's own lock is held around it.
final class Monitor<State: Sendable>: Sendable {
  private let condition = NSCondition()
  private let state: Mutex<State>

  init(_ initial: State) {
    state = Mutex(initial)
  }

  /// Changes the state and wakes every thread that waits for a change.
  func update<Value: Sendable>(_ body: (inout State) -> Value) -> Value {
    condition.lock()
    defer { condition.unlock() }
    let value = state.withLock { body(&$0) }
    condition.broadcast()
    return value
  }

  /// Waits until `body` yields a value; it is asked again after every change.
  func wait<Value: Sendable>(_ body: (inout State) -> Value?) -> Value {
    condition.lock()
    defer { condition.unlock() }
    while true {
      if let value = state.withLock({ body(&$0) }) { return value }
      condition.wait()
    }
  }
}
