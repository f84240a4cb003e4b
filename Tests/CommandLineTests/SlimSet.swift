import Foundation
import Testing

/// AutoSlim's configs on a narrow network and the pictures of ``DemoSet``, and what its first two
/// steps leave, made once by the binary.
enum SlimSet {
  private static let folder = "configs/pruning/autoslim"
  static let supernet = "\(folder)/autoslim_mbv2_supernet_8xb256_in1k.py"
  static let search = "\(folder)/autoslim_mbv2_search_8xb1024_in1k.py"
  static let subnet = "\(folder)/autoslim_mbv2_subnet_8xb256_in1k.py"
  /// Channels of the wide network of the published subnets.
  static let otherChannels = "\(folder)/AUTOSLIM_MBV2_220M_OFFICIAL.yaml"

  static func options(_ more: [String] = []) throws -> [String] {
    // These runs count epochs.
    try DemoSet.options().filter { !$0.hasPrefix("runner.max_iters") } + [
      "algorithm.architecture.model.backbone.widen_factor=0.5",
      "algorithm.architecture.model.head.in_channels=1280", "data.samples_per_gpu=20",
      "checkpoint_config.interval=1", "evaluation.interval=1", "runner.max_epochs=1",
    ] + more
  }

  static func searchOptions(_ more: [String] = []) throws -> [String] {
    // The whole network has 100.6 million, at 224 pixels.
    try options(
      ["searcher.target_flops=[200000000,99000000]", "searcher.max_channel_bins=4"] + more)
  }

  /// The folder of a supernet's run, with `latest.pth`.
  static let run = Result { () throws -> URL in
    let folder = try Tool.temporaryFolder()
    let outcome = try Tool.run(
      ["train", supernet, "--work-dir", folder.path, "--seed", "0", "--no-validate"] + options())
    try #require(outcome.status == 0, "\(outcome.errors)")
    return folder
  }

  /// The folder of a search in it, and what the search printed.
  static let found = Result { () throws -> (folder: URL, outcome: Tool.Outcome) in
    let folder = try Tool.temporaryFolder()
    let outcome = try Tool.run(
      ["search", search, "\(try run.get().path)/latest.pth", "--work-dir", folder.path]
        + searchOptions())
    try #require(outcome.status == 0, "\(outcome.errors)")
    return (folder, outcome)
  }

  /// The files of the subnets that were found, the wider one first.
  static func channels() throws -> [String] {
    let folder = try found.get().folder
    return try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.hasPrefix("subnet_") }
      .sorted { ($0.count, $0) > ($1.count, $1) }
      .map { folder.appending(path: $0).path }
  }
}
