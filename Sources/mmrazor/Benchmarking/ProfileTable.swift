internal import Foundation
internal import Kernels

/// Where the time of a phase went, by kind of operation.
struct ProfileTable {
  let phase: BenchmarkPhase
  let entries: [String: KernelProfile.Entry]
  let repeats: Int
  /// Of all repeats together.
  let seconds: Double

  /// One line a kind, the longest first.
  func text(roofs: MachineRoofs) -> String {
    let steps = Double(max(repeats, 1))
    let inside = entries.values.reduce(0) { $0 + $1.seconds }
    let title = "\(phase.rawValue), a repeat"
    let header = Self.row(title, "calls", "ms", "share", "GFLOP/s", "GB/s", "of roof")
    let lines = entries.sorted { $0.value.seconds > $1.value.seconds }.map { kind, entry in
      Self.row(
        kind, String(format: "%.0f", Double(entry.calls) / steps),
        String(format: "%.1f", 1000 * entry.seconds / steps),
        String(format: "%.1f %%", 100 * entry.seconds / seconds),
        String(format: "%.1f", entry.operations / entry.seconds * 1e-9),
        String(format: "%.1f", entry.bytes / entry.seconds * 1e-9),
        String(format: "%.0f %%", 100 * roofs.leastSeconds(entry) / entry.seconds))
    }
    let outside = seconds - inside
    let rest = Self.row(
      "(outside kernels)", "", String(format: "%.1f", 1000 * outside / steps),
      String(format: "%.1f %%", 100 * outside / seconds), "", "", "")
    let sum = Self.row("(all)", "", String(format: "%.1f", 1000 * seconds / steps), "", "", "", "")
    return ([header] + lines + [rest, sum]).joined(separator: "\n")
  }

  private static func row(_ title: String, _ columns: String...) -> String {
    let first = title.padding(toLength: max(40, title.count), withPad: " ", startingAt: 0)
    return first
      + columns.map { String(repeating: " ", count: max(1, 10 - $0.count)) + $0 }.joined()
  }
}

extension MachineRoofs {
  var text: String {
    String(
      format: "roofs: %.0f GFLOP/s (matrix product in \(precision.rawValue)), %.0f GB/s (copy)",
      operations * 1e-9, bytes * 1e-9)
  }
}
