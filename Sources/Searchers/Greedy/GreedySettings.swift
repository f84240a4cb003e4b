public import Configs

/// The fields of `searcher = dict(type='GreedySearcher', …)`, with upstream's defaults.
public struct GreedySettings: Sendable, Equatable {
  /// The most FLOPs (multiply-adds of one image) of each subnet that is wanted, descending.
  public var targetFLOPs: [Int]
  /// Into how many bins the channels of each space are divided.
  public var maxChannelBins: Int
  /// How many bins of a space live at least.
  public var minChannelBins = 1
  public var scoring = ScoringSettings()
  /// A `latest.pkl` to go on from.
  public var resumeFrom: String?

  public init(targetFLOPs: [Int], maxChannelBins: Int) {
    self.targetFLOPs = targetFLOPs.sorted(by: >)
    self.maxChannelBins = maxChannelBins
  }
}

extension GreedySettings {
  /// - Throws: `ConfigError` for a key or value that is not understood.
  public init(_ reader: inout ConfigReader) throws(ConfigError) {
    let path = reader.path
    let targets = try Self.targets(
      reader.read("target_flops"), path: path.appending("target_flops"))
    self.init(
      targetFLOPs: targets, maxChannelBins: try reader.readCount("max_channel_bins", from: 1))
    minChannelBins = try reader.readCount("min_channel_bins", default: minChannelBins, from: 1)
    guard minChannelBins <= maxChannelBins else {
      throw .invalidValue(
        path: path.appending("min_channel_bins"),
        message: "is \(minChannelBins), more than the \(maxChannelBins) of max_channel_bins")
    }
    scoring = try ScoringSettings(&reader)
    resumeFrom = try reader.readIfPresent("resume_from")
  }

  /// One number, or a list of them; Python's `500e6` counts as whole.
  private static func targets(_ config: Config, path: ConfigPath) throws(ConfigError) -> [Int] {
    let isList = config.items != nil
    let numbers =
      isList
      ? try [Double](config: config, path: path) : [try Double(config: config, path: path)]
    guard !numbers.isEmpty else {
      throw .invalidValue(path: path, message: "expected at least one number of FLOPs")
    }
    var targets: [Int] = []
    for (index, number) in numbers.enumerated() {
      guard let target = Int(exactly: number), target > 0 else {
        throw .invalidValue(
          path: isList ? path.appending(index) : path,
          message: "expected a whole number of FLOPs above 0, found \(number)")
      }
      targets.append(target)
    }
    return targets
  }
}
