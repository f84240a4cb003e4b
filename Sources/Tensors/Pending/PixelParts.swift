internal import Kernels

/// The pixels of an activation in parts that a processor's own cache holds, for each of a device's
/// workers in turn.
struct PixelParts {
  private let kernels: any KernelSet
  private let teams: [any KernelSet]
  private let parts: [Range<Int>]
  /// The most pixels of a part.
  let size: Int

  /// - Parameters:
  ///   - channels: how many elements of a pixel are worked on at once.
  init(of pixelCount: Int, channels: Int, with kernels: any KernelSet) {
    let size = max(Self.elementCount / max(channels, 1), 1)
    self.size = size
    parts = stride(from: 0, to: pixelCount, by: size).map { $0..<min($0 + size, pixelCount) }
    self.kernels = kernels
    teams = kernels.workers.isEmpty ? [kernels] : kernels.workers
  }

  /// How many take parts at the same time.
  var teamCount: Int { teams.count }

  /// Calls `body` for each part.
  func run(_ body: (_ team: Int, _ kernels: any KernelSet, _ pixels: Range<Int>) -> Void) {
    kernels.run(parts: parts.count, by: teams) { team, kernels, index in
      body(team, kernels, parts[index])
    }
  }

  /// With what is read beside it, a part fills some of the cache.
  private static let elementCount = 64 << 10
}
