import Foundation
import Testing

/// Launchers of the tasks, and what a config of one task says to another.
@Suite struct TaskTests {
  private static let detection =
    "configs/nas/detnas/detnas_supernet_frcnn_shufflenetv2_fpn_1x_coco.py"
  private static let detectionSearch =
    "configs/nas/detnas/detnas_evolution_search_frcnn_shufflenetv2_fpn_coco.py"
  private static let gfl = "configs/distill/cwd/cwd_cls_head_gfl_r101_fpn_gfl_r50_fpn_1x_coco.py"
  private static let segmentation =
    "configs/distill/cwd/"
    + "cwd_cls_head_pspnet_r101_d8_pspnet_r18_d8_512x1024_cityscapes_80k.py"

  private func expectError(
    _ outcome: Tool.Outcome, _ message: String, status: Int32 = 1,
    at location: SourceLocation = #_sourceLocation
  ) {
    #expect(outcome.status == status, "\(outcome.errors)", sourceLocation: location)
    let starts = outcome.errors.components(separatedBy: "mmrazor: error: ")
    #expect(starts.count == 2, "one message: \(outcome.errors)", sourceLocation: location)
    #expect(starts.last == message + "\n", sourceLocation: location)
  }

  private static let missing: [(script: String, arguments: [String], model: String)] = [
    (
      "tools/mmdet/train_mmdet.py", [detection, "--no-validate", "--seed", "0"], "mmdet.FasterRCNN"
    ),
    ("tools/mmdet/train_mmdet.py", [gfl, "--work-dir", "never"], "mmdet.GFL"),
    (
      "tools/mmdet/search_mmdet.py", [detectionSearch, "a.pth", "--fuse-conv-bn"],
      "mmdet.FasterRCNN"
    ),
    (
      "tools/mmdet/test_mmdet.py",
      [
        detection, "a.pth", "--work-dir", "never", "--eval", "bbox", "--out", "a.pkl",
        "--eval-options", "classwise=True", "--show-score-thr", "0.5", "--gpu-collect",
      ], "mmdet.FasterRCNN"
    ),
    ("tools/mmseg/train_mmseg.py", [segmentation, "--load-from", "a.pth"], "mmseg.EncoderDecoder"),
    ("tools/mmseg/search_mmseg.py", [segmentation, "a.pth"], "mmseg.EncoderDecoder"),
    (
      "tools/mmseg/test_mmseg.py",
      [segmentation, "a.pth", "--eval", "mIoU", "--aug-test", "--opacity", "0.7"],
      "mmseg.EncoderDecoder"
    ),
    ("tools/train.py", [detection], "mmdet.FasterRCNN"),
    ("tools/test.py", [segmentation, "a.pth", "--eval", "mIoU"], "mmseg.EncoderDecoder"),
  ]

  @Test("a launcher says which model is missing, before it opens anything", arguments: missing)
  func launchers(script: String, arguments: [String], model: String) throws {
    expectError(
      try Tool.runScript(script, arguments),
      "\(arguments[0]): algorithm.architecture.model.type: there is no model named '\(model)' "
        + "available here")
    #expect(!FileManager.default.fileExists(atPath: Tool.root.appending(path: "never").path))
  }

  @Test("a model without a scope is looked for in the scope of its architecture")
  func bareType() throws {
    for (type, reason) in [
      ("FasterRCNN", "there is no model named 'FasterRCNN' available here"),
      (
        "ImageClassifier",
        "there is no model named 'ImageClassifier' here; it exists in mmcls: write "
          + "'mmcls.ImageClassifier'"
      ),
      ("FasterRNCC", "there is no model named 'FasterRNCC'"),
    ] {
      expectError(
        try Tool.run([
          "train", Self.detection, "--cfg-options", "algorithm.architecture.model.type=\(type)",
        ]), "\(Self.detection): algorithm.architecture.model.type: \(reason)")
    }
  }

  @Test("launcher and architecture of different tasks are an error that names both")
  func disagreement() throws {
    expectError(
      try Tool.runScript("tools/mmdet/train_mmdet.py", [DemoSet.supernet]),
      "\(DemoSet.supernet): algorithm.architecture.type: MMClsArchitecture holds models of mmcls, "
        + "but the program was started for mmdet")
    expectError(
      try Tool.runScript(
        "tools/mmcls/test_mmcls.py", [Self.segmentation, "a.pth", "--metrics", "accuracy"]),
      "\(Self.segmentation): algorithm.architecture.type: MMSegArchitecture holds models of mmseg, "
        + "but the program was started for mmcls")
    let unknown = try Tool.run(["train", DemoSet.supernet, "--scope", "mmpose"])
    #expect(unknown.status == 2)
    #expect(unknown.errors.contains("--scope: unknown task 'mmpose'; known: mmcls, mmdet, mmseg"))
  }

  @Test("a bare model is of the launcher's task")
  func bareModel() throws {
    let folder = try Tool.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "retinanet.py").path
    try "model = dict(type='RetinaNet', backbone=dict(type='ResNet', depth=50))\n".write(
      toFile: file, atomically: true, encoding: .utf8)
    expectError(
      try Tool.runScript("tools/mmdet/train_mmdet.py", [file]),
      "\(file): model.type: there is no model named 'RetinaNet' available here")
    let other = folder.appending(path: "classifier.py").path
    try "model = dict(type='ImageClassifier', backbone=dict(type='ResNet', depth=50))\n".write(
      toFile: other, atomically: true, encoding: .utf8)
    expectError(
      try Tool.runScript("tools/mmseg/test_mmseg.py", [other, "a.pth", "--eval", "mIoU"]),
      "\(other): model.type: there is no model named 'ImageClassifier' here; it exists in mmcls: "
        + "write 'mmcls.ImageClassifier'")
  }

  @Test("what only the original has is told from what is misspelt")
  func unavailable() throws {
    let cases = [
      ("data.train.type=CocoDataset", "data.train.type: there is no dataset named 'CocoDataset'"),
      (
        "data.train.pipeline.1.type=Lighting",
        "data.train.pipeline.1.type: there is no pipeline named 'Lighting'"
      ),
      (
        "algorithm.architecture.model.backbone.type=SwinTransformer",
        "algorithm.architecture.model.backbone.type: there is no backbone named 'SwinTransformer'"
      ),
      (
        "algorithm.architecture.model.train_cfg.augments.type=BatchMixup",
        "algorithm.architecture.model.train_cfg.augments.type: there is no batch augmentation "
          + "named 'BatchMixup'"
      ),
      ("algorithm.type=Darts", "algorithm.type: there is no algorithm named 'Darts'"),
      ("optimizer.type=Adadelta", "optimizer.type: there is no optimizer named 'Adadelta'"),
      (
        "log_config.hooks.0.type=TensorboardLoggerHook",
        "log_config.hooks.0.type: there is no hook named 'TensorboardLoggerHook'"
      ),
    ]
    let folder = try Tool.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    for (option, message) in cases {
      expectError(
        try Tool.runScript(
          "tools/mmcls/train_mmcls.py",
          [DemoSet.supernet, "--work-dir", folder.path] + DemoSet.options([option])),
        "\(DemoSet.supernet): \(message) available here")
    }
  }

  @Test("flags of other tasks are refused")
  func flags() throws {
    let outcome = try Tool.runScript(
      "tools/mmcls/test_mmcls.py", [DemoSet.supernet, "a.pth", "--format-only"])
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("--format-only: models of mmcls are tested without it"))
  }
}

/// Libraries are named where tasks are described, and nowhere else above the models.
@Suite struct TaskNameTests {
  @Test("only the tasks of the program spell the name of a library")
  func literals() throws {
    var fileCount = 0
    for module in ["Training", "Searchers", "Algorithms", "Distillation", "mmrazor"] {
      let folder = Tool.root.appending(path: "Sources/\(module)")
      for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path)
      where name.hasSuffix(".swift") && !name.hasPrefix("Tasks/") {
        let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
        fileCount += 1
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
          .enumerated()
        where line.contains(#/"[^"]*\bmm(cls|det|seg)\b[^"]*"/#) {
          // Help names the tasks that a flag is for.
          guard !line.contains("help:") else { continue }
          Issue.record("\(module)/\(name):\(number + 1): \(line)")
        }
      }
    }
    #expect(fileCount > 80)
  }
}
