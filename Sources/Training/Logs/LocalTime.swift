internal import Foundation

/// A moment in the local time zone, in the forms that logs and checkpoints use.
public struct LocalTime: Sendable {
  private let seconds: Int
  private let milliseconds: Int

  /// - Parameter secondsSinceEpoch: since 1970, UTC.
  public init(secondsSinceEpoch: Double) {
    let whole = secondsSinceEpoch.rounded(.down)
    seconds = Int(whole)
    milliseconds = Int((secondsSinceEpoch - whole) * 1000)
  }

  public static var now: LocalTime {
    LocalTime(secondsSinceEpoch: Date().timeIntervalSince1970)
  }

  /// `20261123_235301`, the stem of log files.
  public var fileText: String { formatted("%Y%m%d_%H%M%S") }

  /// `2026-11-23 23:53:01,839`
  var logText: String {
    formatted("%Y-%m-%d %H:%M:%S") + String(format: ",%03d", milliseconds)
  }

  /// `Mon Nov 23 23:53:16 2026`, Python's `time.asctime()`.
  public var ascText: String { formatted("%a %b %e %H:%M:%S %Y") }

  private func formatted(_ format: String) -> String {
    var moment = time_t(seconds)
    var time = tm()
    localtime_r(&moment, &time)
    return String(
      unsafeUninitializedCapacity: 64,
      initializingUTF8With: { buffer in
        buffer.withMemoryRebound(to: CChar.self) { strftime($0.baseAddress, 64, format, &time) }
      })
  }
}
