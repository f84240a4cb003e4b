/// The place of a value on a tape.
public struct Trace {
  public let tape: Tape
  /// Index of the node that produced the value.
  public let node: Int
  /// Whether anything that wants a gradient lies behind the value.
  public let needsGradient: Bool
}
