/// How the numbers between layers are kept, and multiplied in convolutions. Sums are float32 always.
public enum Precision: String, Hashable, Sendable {
  case float32
  /// The upper half of a float32: its range, with 8 significant bits.
  case bfloat16

  public var byteCount: Int { self == .float32 ? 4 : 2 }
}
