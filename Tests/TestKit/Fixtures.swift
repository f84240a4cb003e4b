public import Foundation

/// Recorded values beside the tests.
public enum Fixtures {
  /// `Tests/Fixtures`
  public static var directory: URL {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Fixtures")
  }

  public static func url(_ path: String) -> URL {
    directory.appending(path: path)
  }

  /// The number in `-1 ... 1` that a fixture uses for element `index` of the tensor `name`, so
  /// that large tensors need not be stored.
  public static func signed(_ name: String, _ index: Int) -> Double {
    var mixed = hash(name) &+ UInt32(truncatingIfNeeded: index) &* 2_654_435_761
    mixed ^= mixed >> 16
    mixed = mixed &* 0x85EB_CA6B
    mixed ^= mixed >> 13
    mixed = mixed &* 0xC2B2_AE35
    mixed ^= mixed >> 16
    return (Double(mixed) / 0x1p32 - 0.5) * 2
  }

  /// FNV-1a.
  private static func hash(_ name: String) -> UInt32 {
    name.utf8.reduce(0x811C_9DC5) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
  }
}
