import Foundation
import Testing

/// A few drawn pictures, made once by the binary, and the options that point a config at them.
enum DemoSet {
  static let folder = Result { () throws -> URL in
    let folder = try Tool.temporaryFolder()
    let outcome = try Tool.run(
      ["make-demo-data", folder.path, "--train", "40", "--val", "20", "--seed", "1"])
    try #require(outcome.status == 0, "\(outcome.errors)")
    return folder
  }

  static let classes = [
    "arrow", "circle", "crescent", "cross", "heart", "hexagon", "ring", "square", "star",
    "triangle",
  ]

  static let supernet = "configs/nas/spos/spos_supernet_shufflenetv2_8xb128_in1k.py"
  static let search = "configs/nas/spos/spos_evolution_search_shufflenetv2_8xb2048_in1k.py"
  static let subnet = "configs/nas/spos/spos_subnet_shufflenetv2_8xb128_in1k.py"

  /// The folder of a supernet's run of two iterations, with `iter_2.pth`.
  static let run = Result { () throws -> URL in
    let folder = try Tool.temporaryFolder()
    let outcome = try Tool.run(
      ["train", supernet, "--work-dir", folder.path, "--seed", "0", "--no-validate"]
        + options(["runner.max_iters=2"]))
    try #require(outcome.status == 0, "\(outcome.errors)")
    return folder
  }

  /// `--cfg-options` for small pictures and a short run.
  static func options(_ more: [String] = []) throws -> [String] {
    let folder = try folder.get().path
    let names = "[\(classes.joined(separator: ","))]"
    var options = [
      "algorithm.architecture.model.head.num_classes=10",
      "algorithm.architecture.model.head.loss.num_classes=10",
      "data.samples_per_gpu=8", "data.workers_per_gpu=1", "optimizer.lr=0.01",
      "data.train.data_prefix=\(folder)/train", "data.train.classes=\(names)",
      "data.train.pipeline.1.size=32", "runner.max_iters=4", "log_config.interval=2",
      "checkpoint_config.interval=2", "evaluation.interval=2",
    ]
    for part in ["val", "test"] {
      options += [
        "data.\(part).data_prefix=\(folder)/val", "data.\(part).ann_file=None",
        "data.\(part).classes=\(names)", "data.\(part).pipeline.1.size=(36,-1)",
        "data.\(part).pipeline.2.crop_size=32",
      ]
    }
    return ["--cfg-options"] + options + more
  }
}
