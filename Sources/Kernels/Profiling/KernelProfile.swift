/// What kernels did while it was watching, by kind: time, arithmetic and traffic.
public final class KernelProfile {
  /// The sum over all calls of one kind.
  public struct Entry {
    public var calls = 0
    public var seconds = 0.0
    /// Multiplications and additions, two for each multiply-add; 0 for kernels that only move.
    public var operations = 0.0
    /// What must at least be read and written once, in bytes.
    public var bytes = 0.0
  }

  /// By the kind's name.
  public private(set) var entries: [String: Entry] = [:]

  public init() {}

  public func reset() {
    entries.removeAll()
  }

  /// Runs a kernel and books it.
  ///
  /// - Parameters:
  ///   - operations: arithmetic, a multiply-add counting two.
  ///   - elements: float32 elements that go in and out.
  func measure<Result>(
    _ kind: String, operations: Double = 0, elements: Int, _ body: () -> Result
  ) -> Result {
    let start = ContinuousClock.now
    let result = body()
    let passed = start.duration(to: .now).components
    entries[kind, default: Entry()].book(
      seconds: Double(passed.seconds) + Double(passed.attoseconds) * 1e-18,
      operations: operations, bytes: 4 * Double(elements))
    return result
  }
}

extension KernelProfile.Entry {
  fileprivate mutating func book(seconds: Double, operations: Double, bytes: Double) {
    calls += 1
    self.seconds += seconds
    self.operations += operations
    self.bytes += bytes
  }
}
