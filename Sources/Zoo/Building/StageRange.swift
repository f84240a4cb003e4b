public import Configs

/// The stages of a backbone that a config may name.
public struct StageRange {
  public let stages: Range<Int>

  public init(_ stages: Range<Int>) {
    self.stages = stages
  }

  /// - Throws: `ConfigError` for the first index that is no stage.
  public func check(_ indices: [Int], path: ConfigPath) throws(ConfigError) {
    guard let index = indices.first(where: { !stages.contains($0) }) else { return }
    throw .invalidValue(
      path: path, message: "\(index) is outside of \(stages.lowerBound) to \(stages.upperBound - 1)"
    )
  }
}
