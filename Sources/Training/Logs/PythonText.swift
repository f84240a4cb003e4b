internal import Foundation

/// Numbers and durations as Python writes them, so that logs stay readable by upstream's tools.
enum PythonText {
  /// `f'{value:.4f}'`
  static func fixed(_ value: Double, digits: Int) -> String {
    value.isFinite ? String(format: "%.\(digits)f", value) : nonFinite(value)
  }

  /// `f'{value:.3e}'`
  static func scientific(_ value: Double, digits: Int) -> String {
    value.isFinite ? String(format: "%.\(digits)e", value) : nonFinite(value)
  }

  /// `round(value, digits)`: the decimal nearest to the exact binary value.
  static func rounded(_ value: Double, digits: Int) -> Double {
    guard value.isFinite else { return value }
    return Double(fixed(value, digits: digits)) ?? value
  }

  /// `repr(value)`: the shortest digits that read back as the same number.
  static func representation(_ value: Double) -> String {
    guard value.isFinite else { return nonFinite(value) }
    let text = value.description
    // Swift turns to exponents at 2^53, Python at 1e16.
    guard text.contains("e+15") else { return text }
    return String(format: "%.1f", value)
  }

  /// `str(datetime.timedelta(seconds=seconds))`
  static func duration(seconds: Int) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400)
    let clock = String(format: "%d:%02d:%02d", rest / 3600, rest / 60 % 60, rest % 60)
    switch days {
    case 0: return clock
    case 1: return "1 day, \(clock)"
    default: return "\(days) days, \(clock)"
    }
  }

  private static func nonFinite(_ value: Double) -> String {
    value.isNaN ? "nan" : value < 0 ? "-inf" : "inf"
  }
}

extension String {
  /// The text filled up with spaces to `width`, as `f'{text:<width}'`.
  func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
