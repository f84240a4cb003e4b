internal import ArgumentParser

/// The flags of `test` that upstream has for detectors and segmentors only.
struct DenseTestOptions: ParsableArguments {
  @Option(
    name: .customLong("work-dir"), help: "the dir to save the metrics in (mmdet, mmseg)")
  var workDirectory: String?

  @Flag(
    name: .customLong("format-only"),
    help: "write the results as the benchmark's server wants them (mmdet, mmseg)")
  var formatOnly = false

  @Option(
    name: .customLong("show-score-thr"),
    help: "score from which on a box is painted, default 0.3 (mmdet)")
  var showScoreThreshold: Double?

  @Flag(name: .customLong("aug-test"), help: "use flip and multi scale augmentation (mmseg)")
  var augments = false

  @Option(help: "opacity of the painted segmentation map, default 0.5 (mmseg)")
  var opacity: Double?

  /// The flags that were given.
  private var given: [String] {
    [
      ("--work-dir", workDirectory != nil), ("--format-only", formatOnly),
      ("--show-score-thr", showScoreThreshold != nil), ("--aug-test", augments),
      ("--opacity", opacity != nil),
    ].filter(\.1).map(\.0)
  }

  /// - Throws: `ValidationError` for a flag that models of `task` have no use for.
  func check(for task: VisionTask) throws {
    guard let flag = given.first(where: { !task.testFlags.contains($0) }) else { return }
    throw ValidationError("\(flag): models of \(task.scope) are tested without it")
  }
}
