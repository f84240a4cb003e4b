public import Configs

/// Options of classification metrics; upstream's `metric_options`.
public struct MetricOptions: Sendable, Equatable {
  /// The numbers of best classes among which the label may be.
  public var topK: [Int]
  /// Whether `topk` is a single number, which shortens the name to `accuracy`.
  public var isSingleTopK: Bool
  /// Scores must exceed a threshold to count; `nil` is upstream's default of 0.
  public var thresholds: [Double]?
  /// Whether `thrs` is a single number, which leaves it out of the names.
  public var isSingleThreshold: Bool
  public var averageMode: AverageMode

  /// How values of the classes become one.
  public enum AverageMode: String, Sendable, CaseIterable {
    /// Their unweighted mean (their sum for `support`).
    case macro
    /// They stay apart.
    case none
  }

  public init(
    topK: [Int] = [1, 5], isSingleTopK: Bool = false, thresholds: [Double]? = nil,
    isSingleThreshold: Bool = false, averageMode: AverageMode = .macro
  ) {
    self.topK = topK
    self.isSingleTopK = isSingleTopK
    self.thresholds = thresholds
    self.isSingleThreshold = isSingleThreshold
    self.averageMode = averageMode
  }
}

extension MetricOptions: ConfigDecodable {
  /// Reads `dict(topk=(1, 5), thrs=None, average_mode='macro')`; each key may be absent.
  public init(config: Config, path: ConfigPath) throws(ConfigError) {
    self.init()
    var reader = try ConfigReader(config, path: path)
    if let topK: Config = try reader.readIfPresent("topk") {
      isSingleTopK = topK.items == nil
      self.topK =
        isSingleTopK
        ? [try Int(config: topK, path: path.appending("topk"))]
        : try [Int](config: topK, path: path.appending("topk"))
      guard !self.topK.isEmpty, self.topK.allSatisfy({ $0 > 0 }) else {
        throw .invalidValue(path: path.appending("topk"), message: "must hold positive numbers")
      }
    }
    if let thresholds: Config = try reader.readIfPresent("thrs") {
      isSingleThreshold = thresholds.items == nil
      self.thresholds =
        isSingleThreshold
        ? [try Double(config: thresholds, path: path.appending("thrs"))]
        : try [Double](config: thresholds, path: path.appending("thrs"))
    }
    if let mode: String = try reader.readIfPresent("average_mode") {
      guard let known = AverageMode(rawValue: mode) else {
        throw .invalidValue(
          path: path.appending("average_mode"), message: "must be 'macro' or 'none', not '\(mode)'")
      }
      averageMode = known
    }
    try reader.finish()
  }
}
