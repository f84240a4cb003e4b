/// The system gave no more memory, and there was nothing to give back.
public struct OutOfMemory: Error, Equatable, Sendable {
  /// Bytes that were asked for; `nil` where a library below does not say.
  public var wanted: Int?
  /// Bytes of tensors and working memory in use.
  public var used: Int

  public init(wanted: Int?, used: Int) {
    self.wanted = wanted
    self.used = used
  }
}

extension OutOfMemory: CustomStringConvertible {
  public var description: String {
    let wanted = wanted.map { "\(Self.text($0)) more were" } ?? "more was"
    return "out of memory: \(wanted) wanted, \(Self.text(used)) are in use"
  }

  /// `1.5 GB`, or the plain number of bytes.
  private static func text(_ bytes: Int) -> String {
    for (unit, size) in [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1000)]
    where bytes >= size {
      let tenths = (bytes + size / 20) / (size / 10)
      return "\(tenths / 10).\(tenths % 10) \(unit)"
    }
    return "\(bytes) bytes"
  }
}
