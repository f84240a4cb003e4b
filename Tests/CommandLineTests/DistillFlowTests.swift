import Foundation
import Testing

/// Distillation from a trained teacher to a tested student, by the commands alone.
@Suite struct DistillFlowTests {
  private func succeed(_ arguments: [String]) throws -> Tool.Outcome {
    let outcome = try Tool.run(arguments)
    try #require(outcome.status == 0, "\(arguments.prefix(3)): \(outcome.errors)")
    return outcome
  }

  private func accuracy(_ arguments: [String]) throws -> Substring {
    let output = try succeed(["test"] + arguments).output
    return try #require(output.firstMatch(of: #/accuracy_top-1 : ([0-9.]+)/#)).1
  }

  @Test func aStudentIsTestedWithAndWithoutTheTeacherInItsCheckpoint() throws {
    let checkpoint = try DistillSet.student.get().path + "/epoch_1.pth"
    let folder = try Tool.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let options = try ["--metrics", "accuracy"] + DistillSet.options(DistillSet.wsld)
    let whole = try accuracy([DistillSet.config, checkpoint] + options)
    let exported = folder.appending(path: "student.pth").path
    _ = try succeed(["export", checkpoint, exported])
    #expect(try accuracy([DistillSet.config, exported] + options) == whole)
    let listing = try succeed(["inspect", exported]).output
    #expect(!listing.contains("distiller") && listing.contains("layer4.1.conv2.weight"))
    let published = try succeed(["publish-model", checkpoint, "\(folder.path)/out.pth"]).output
    let file = try #require(published.firstMatch(of: #/as (\S+\.pth)\./#)).1
    #expect(!(try succeed(["inspect", String(file)]).output.contains("distiller")))
    #expect(try accuracy([DistillSet.config, String(file)] + options) == whole)
  }

  @Test func theTeacherIsTestedByItself() throws {
    let checkpoint = try DistillSet.teacher.get().path + "/epoch_1.pth"
    let expected = try accuracy(
      [DistillSet.teacherConfig, checkpoint, "--metrics", "accuracy"]
        + DistillSet.options(DistillSet.single))
    let teacher = ["--teacher", "--metrics", "accuracy"]
    let named = try DistillSet.options(DistillSet.wsld, [DistillSet.weights()])
    #expect(try accuracy([DistillSet.config] + teacher + named) == expected)
    let student = try DistillSet.student.get().path + "/epoch_1.pth"
    #expect(
      try accuracy([DistillSet.config, student] + teacher + DistillSet.options(DistillSet.wsld))
        == expected)
  }

  @Test func aRunIsResumed() throws {
    let first = try DistillSet.student.get().path + "/epoch_1.pth"
    let folder = try Tool.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let outcome = try succeed(
      ["train", DistillSet.config, "--work-dir", folder.path, "--resume-from", first]
        + DistillSet.options(DistillSet.wsld, ["runner.max_epochs=2"]))
    #expect(outcome.errors.contains("distiller.loss_wsld.0"))
    #expect(FileManager.default.fileExists(atPath: "\(folder.path)/epoch_2.pth"))
  }

  @Test func relationsTrainUnchanged() throws {
    let folder = try Tool.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let outcome = try succeed(
      ["train", DistillSet.relational, "--work-dir", folder.path, "--no-validate"]
        + DistillSet.options(DistillSet.pair, [DistillSet.weights()]))
    for name in ["student.loss", "distiller.distance_wise_loss.0", "distiller.angle_wise_loss.0"] {
      #expect(outcome.errors.contains(name))
    }
  }

  @Test func aFoundSubnetLearnsFromATeacher() throws {
    let folder = try Tool.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "mixed.py")
    try """
    _base_ = '\(Tool.root.path)/\(DemoSet.subnet)'
    algorithm = dict(
        mutable_cfg='\(Tool.root.path)/configs/nas/spos/SPOS_SHUFFLENETV2_330M_IN1k_PAPER.yaml',
        distiller=dict(
            _delete_=True,
            type='SingleTeacherDistiller',
            teacher=dict(
                type='mmcls.ImageClassifier',
                init_cfg=None,
                backbone=dict(type='ResNet', depth=18, out_indices=(3, )),
                neck=dict(type='GlobalAveragePooling'),
                head=dict(
                    type='LinearClsHead', num_classes=10, in_channels=512,
                    loss=dict(type='CrossEntropyLoss'))),
            components=[dict(
                student_module='head.fc', teacher_module='head.fc',
                losses=[dict(type='DISTLoss', name='loss_dist')])]))
    """.write(to: file, atomically: true, encoding: .utf8)
    let outcome = try succeed(
      ["train", file.path, "--work-dir", "\(folder.path)/run", "--no-validate"]
        + DemoSet.options(["runner.max_iters=2"]))
    #expect(outcome.errors.contains("distiller.loss_dist.0"))
  }

  @Test func costsAreTheStudents() throws {
    let output = try succeed(["get-flops", DistillSet.config]).output
    #expect(output.contains("Flops: 1.82 GFLOPs") && output.contains("Params: 11.69 M"))
  }

  @Test func aConfigsStateAndModulesAreListed() throws {
    let text = try succeed(["inspect", DistillSet.config]).output
    #expect(text.contains("distiller.teacher.backbone.layer1.2.conv1.weight"))
    let json = try succeed(["inspect", DistillSet.config, "--json"]).output
    let rows = try #require(
      try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [[Any]])
    #expect(rows.count == 122 + 218)
    #expect(rows[0][0] as? String == "architecture.model.backbone.conv1.weight")
    #expect(rows[0][1] as? [Int] == [64, 3, 7, 7] && rows[0][2] as? String == "float32")
    #expect(rows[5][2] as? String == "int64")
    let table = try succeed(["describe", DistillSet.config, "--modules"]).output
    let line = table.split(separator: "\n").first { $0.hasPrefix("head.fc") }
    #expect(line?.split(separator: " ").filter { $0 == "1000]" }.count == 2, "\(table)")
  }

  @Test func onePassIsWritten() throws {
    let folder = try Tool.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let (image, file) = (folder.appending(path: "x.npy"), folder.appending(path: "y.safetensors"))
    var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3, 32, 32), }"
    header += String(repeating: " ", count: 117 - header.count) + "\n"
    var data = Data([0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0])
    data += Data(header.utf8) + Data(count: 2 * 3 * 32 * 32 * 4)
    try data.write(to: image)
    let checkpoint = try DistillSet.student.get().path + "/epoch_1.pth"
    let outcome = try succeed(
      [
        "forward", DistillSet.config, checkpoint, "--input", image.path, "--out", file.path,
        "--modules", "backbone.layer4,neck.gap",
      ] + DistillSet.options(DistillSet.wsld))
    #expect(outcome.output.contains("output: [2, 10]"))
    #expect(outcome.output.contains("backbone.layer4: [2, 512, 1, 1]"))
    #expect(try succeed(["inspect", file.path]).output.contains("neck.gap"))
  }
}

/// Mistakes of a user who distils.
@Suite struct DistillBadInputTests {
  private func train(_ networks: [String], _ more: [String]) throws -> String {
    let folder = try Tool.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let outcome = try Tool.run(
      ["train", DistillSet.config, "--work-dir", folder.path, "--no-validate"]
        + DistillSet.options(networks, more))
    #expect(outcome.status == 1)
    let starts = outcome.errors.components(separatedBy: "mmrazor: error: ")
    #expect(starts.count == 2, "one message: \(outcome.errors)")
    return starts.last ?? ""
  }

  private static let none = "algorithm.distiller.teacher.init_cfg=None"
  private static let component = "algorithm.distiller.components.0"

  @Test func anUnknownModule() throws {
    let message = try train(
      DistillSet.wsld, [Self.none, "\(Self.component).teacher_module=head.fcc"])
    #expect(message.contains("the teacher has no module 'head.fcc'; did you mean 'head.fc'?"))
  }

  @Test func outputsOfUnlikeShape() throws {
    let message = try train(
      DistillSet.wsld,
      [
        Self.none, "\(Self.component).student_module=backbone.layer3",
        "\(Self.component).teacher_module=backbone.layer4",
      ])
    #expect(message.contains("[8, 256, 2, 2] and the teacher's [8, 512, 1, 1]"), "\(message)")
  }

  @Test func unlikeChannelsSuggestAConnector() throws {
    let message = try train(
      DistillSet.wsld,
      [
        Self.none, "\(Self.component).student_module=backbone.layer2.0.conv1",
        "\(Self.component).teacher_module=backbone.layer3",
        "algorithm.distiller.teacher.backbone.strides=(1,2,1,2)",
      ])
    #expect(
      message.contains(
        "align_module=dict(type='conv2d', student_channels=128, teacher_channels=256)"),
      "\(message)")
  }

  @Test func aTeacherOfAnotherNumberOfClasses() throws {
    let message = try train(
      [
        "algorithm.architecture.model.head.num_classes=10",
        "\(Self.component).losses.0.num_classes=10",
      ], [Self.none])
    #expect(message.contains("[8, 10] and the teacher's [8, 1000]"), "\(message)")
    #expect(message.contains("num_classes"))
  }

  @Test func labelsThatAreMissing() throws {
    let message = try train(
      DistillSet.wsld,
      [
        Self.none, "algorithm.with_student_loss=False", "data.train.pipeline.6.keys=[img]",
      ])
    #expect(message.contains("WSLD needs the class of each image"), "\(message)")
  }

  @Test func aTeacherWithoutWeights() throws {
    let message = try train(
      DistillSet.wsld,
      [
        "algorithm.distiller.teacher.init_cfg._delete_=True",
        "algorithm.distiller.teacher.init_cfg.type=Kaiming",
        "algorithm.distiller.teacher.init_cfg.layer=Conv2d",
      ])
    #expect(message.contains("the teacher has no weights"), "\(message)")
  }

  @Test func weightsOfAnotherNetwork() throws {
    let message = try train(
      DistillSet.wsld,
      [
        try DistillSet.weights(), "algorithm.distiller.teacher.backbone.depth=50",
        "algorithm.distiller.teacher.head.in_channels=2048",
      ])
    #expect(message.contains("algorithm.distiller.teacher.init_cfg"), "\(message)")
    #expect(message.contains("missing in the checkpoint"), "\(message)")
  }

  @Test func theRecipesOwnTeacherIsOfAnotherDepth() throws {
    let file = "resnet34_8xb32_in1k_20210831-f257d4e6.pth"
    let folder = try Tool.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let wrong = folder.appending(path: "resnet50_8xb32_in1k_20210831-ea4938fc.pth")
    try FileManager.default.copyItem(
      at: try DistillSet.student.get().appending(path: "epoch_1.pth"), to: wrong)
    let message = try train(
      DistillSet.wsld, ["algorithm.distiller.teacher.init_cfg.checkpoint=\(wrong.path)"])
    #expect(message.contains(file), "\(message)")
  }
}
