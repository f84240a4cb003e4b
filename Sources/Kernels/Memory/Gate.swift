internal import Synchronization

/// Lets one thread through at a time. What a `Mutex` returns must be `Sendable` or new; kernels'
/// things are neither, though they stay with the thread that asked for them.
final class Gate: Sendable {
  private let mutex = Mutex(())

  func pass<Result>(_ body: () -> Result) -> Result {
    mutex.withLock { _ in Passed(result: body()) }.result
  }

  private struct Passed<Result>: @unchecked Sendable {
    let result: Result
  }
}
