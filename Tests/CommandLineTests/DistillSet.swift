import Foundation
import Testing

/// A teacher and a student that were trained for an epoch each on the drawn images.
enum DistillSet {
  static let config = "configs/distill/wsld/wsld_cls_head_resnet34_resnet18_8xb32_in1k.py"
  static let relational = "configs/distill/rkd/rkd_neck_resnet34_resnet18_8xb32_in1k.py"
  static let teacherConfig = "tools/quickstart/distill_teacher.py"
  static let studentConfig = "tools/quickstart/distill_student.py"

  /// `--cfg-options` for small images and one epoch of five steps.
  ///
  /// - Parameter networks: the options of the networks of a config.
  static func options(_ networks: [String], _ more: [String] = []) throws -> [String] {
    let folder = try DemoSet.folder.get().path
    let names = "[\(DemoSet.classes.joined(separator: ","))]"
    var options = [
      "data.samples_per_gpu=8", "data.workers_per_gpu=1", "optimizer.lr=0.01",
      "data.train.data_prefix=\(folder)/train", "data.train.classes=\(names)",
      "data.train.pipeline.1.size=32", "runner.max_epochs=1", "log_config.interval=2",
      "checkpoint_config.interval=1", "evaluation.interval=1",
    ]
    for part in ["val", "test"] {
      options += [
        "data.\(part).data_prefix=\(folder)/val", "data.\(part).ann_file=None",
        "data.\(part).classes=\(names)", "data.\(part).pipeline.1.size=(36,-1)",
        "data.\(part).pipeline.2.crop_size=32",
      ]
    }
    return ["--cfg-options"] + networks + options + more
  }

  static let single = [
    "algorithm.architecture.model.head.num_classes=10",
    "algorithm.architecture.model.init_cfg=None",
  ]
  static let pair = [
    "algorithm.architecture.model.head.num_classes=10",
    "algorithm.distiller.teacher.head.num_classes=10",
  ]
  static let wsld = pair + ["algorithm.distiller.components.0.losses.0.num_classes=10"]

  /// The folder of the teacher's run, with `epoch_1.pth`.
  static let teacher = Result { () throws -> URL in
    let folder = try Tool.temporaryFolder()
    let outcome = try Tool.run(
      ["train", teacherConfig, "--work-dir", folder.path, "--seed", "0", "--no-validate"]
        + options(single))
    try #require(outcome.status == 0, "\(outcome.errors)")
    return folder
  }

  /// The option that names the teacher's weights.
  static func weights() throws -> String {
    "algorithm.distiller.teacher.init_cfg.checkpoint=\(try teacher.get().path)/epoch_1.pth"
  }

  /// The folder of the student's run, with `epoch_1.pth`.
  static let student = Result { () throws -> URL in
    let folder = try Tool.temporaryFolder()
    let outcome = try Tool.run(
      ["train", config, "--work-dir", folder.path, "--seed", "0"]
        + options(wsld, [try weights()]))
    try #require(outcome.status == 0, "\(outcome.errors)")
    try #require(outcome.errors.contains(" tensors of "), "\(outcome.errors)")
    return folder
  }
}
