/// The axis of a mirroring.
public enum FlipDirection: String, Sendable, CaseIterable {
  /// Left and right change places.
  case horizontal
  /// Top and bottom change places.
  case vertical
  /// Both change places, which is half a turn.
  case diagonal

  /// Whether left and right change places.
  public var mirrorsColumns: Bool { self != .vertical }
  /// Whether top and bottom change places.
  public var mirrorsRows: Bool { self != .horizontal }
}
