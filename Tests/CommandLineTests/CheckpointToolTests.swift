import Foundation
import Testing

/// `inspect`, `export`, `publish-model`, and weights that configs name.
@Suite struct CheckpointToolTests {
  private let folder: URL
  private let checkpoint: String

  init() throws {
    folder = try Tool.temporaryFolder()
    checkpoint = try DemoSet.run.get().appending(path: "iter_2.pth").path
  }

  private func file(_ name: String) -> String { folder.appending(path: name).path }

  private func run(_ arguments: String...) throws -> String {
    let outcome = try Tool.run(arguments)
    #expect(outcome.status == 0, "\(outcome.errors)")
    return outcome.output
  }

  private func scores(_ checkpoint: String) throws -> String {
    let out = file("\(UUID().uuidString).json")
    let outcome = try Tool.run(
      ["test", DemoSet.supernet, checkpoint, "--out", out] + DemoSet.options())
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try String(contentsOfFile: out, encoding: .utf8)
  }

  @Test func inspectShowsTensorsMetaAndTotals() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let text = try run("inspect", checkpoint)
    for part in [
      "\(checkpoint): PyTorch checkpoint, ZIP layout, ", "  meta:\n    mmcls_version: '0.23.2'\n",
      "    iter: 1\n", "    config: text of ",
      "    architecture.model.backbone.conv1.conv.weight: float32 [16, 3, 3, 3]  1.7 kB\n",
      "    architecture.model.head.fc.bias: float32 [10]  40 B\n", "        lr: ",
      "      … 1003 more\n", "\ntotal: ",
    ] { #expect(text.contains(part), "\(part)") }

    let state = try run("inspect", "Tests/Fixtures/pickles/search_epoch_2.pkl")
    #expect(state.contains("search_epoch_2.pkl: pickle, 32.4 kB\n  epoch: 2\n  candidate_pool:\n"))
    #expect(state.contains("      stage_0_block_0: float32 [4]  16 B\n"))

    let damaged = try Data(contentsOf: URL(filePath: checkpoint))
    var bytes = damaged
    for offset in stride(from: bytes.count / 2, to: bytes.count / 2 + 64, by: 1) {
      bytes[offset] ^= 0xFF
    }
    try bytes.write(to: URL(filePath: file("damaged.pth")))
    let outcome = try Tool.run(["inspect", file("damaged.pth")])
    #expect(outcome.status == 1)
    #expect(outcome.message.contains("damaged.pth: the file is damaged: the checksum of"))
  }

  @Test func exportWritesTheNetworkAlone() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(
      try run("export", checkpoint, file("net.pth"))
        == "wrote 2006 tensors, 30.3 MB, to \(file("net.pth"))\n")
    let text = try run("inspect", file("net.pth"))
    #expect(text.contains("\n    backbone.conv1.conv.weight: float32 [16, 3, 3, 3]"))
    #expect(!text.contains("architecture.model.backbone") && !text.contains("param_groups"))
    // Without its prefix it still is the model's.
    #expect(try scores(file("net.pth")) == scores(checkpoint))

    _ = try run("export", checkpoint, file("all.pth"), "--drop", "none", "--strip-prefix", "arch")
    #expect(try run("inspect", file("all.pth")).contains("    itecture.model.head.fc.bias: "))
    #expect(try run("inspect", file("all.pth")).contains("param_groups"))
    let unknown = try Tool.run(["export", checkpoint, file("x.pth"), "--strip-prefix", "student."])
    #expect(unknown.status == 1)
    #expect(unknown.message.contains("no key begins with 'student.'"))
    #expect(try Tool.run(["export", checkpoint, "x", "--drop", "neck"]).status == 2)
    _ = try run("export", checkpoint, file("net.safetensors"), "--safetensors")
    let bytes = try Data(contentsOf: URL(filePath: file("net.safetensors")))
    let size = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    let header = try #require(
      try JSONSerialization.jsonObject(with: bytes.dropFirst(8).prefix(size)) as? [String: Any])
    let bias = try #require(header["head.fc.bias"] as? [String: Any])
    #expect(bias["dtype"] as? String == "F32" && bias["shape"] as? [Int] == [10])
    #expect(header.count == 2007 && (header["__metadata__"] as? [String: String])?["iter"] == "1")
    let ends = header.values.compactMap { (($0 as? [String: Any])?["data_offsets"] as? [Int])?[1] }
    #expect(ends.max() == bytes.count - 8 - size)
    // It is read wherever a checkpoint is.
    #expect(try scores(file("net.safetensors")) == scores(checkpoint))
    let again = try run("inspect", file("net.safetensors"))
    #expect(again.contains("net.safetensors: safetensors, ") && again.contains("    iter: 1\n"))
    #expect(again.contains("    backbone.conv1.conv.weight: float32 [16, 3, 3, 3]"))
  }

  @Test func objectsBesideTheWeightsStayClosed() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let closed = "Tests/Fixtures/checkpoints/closed"
    let text = try run("inspect", "\(closed)/meta_zip.pth")
    for part in [
      "    args: <argparse.Namespace>\n", "    path: '/data/images/x.py'\n",
      "    history: <mmengine.logging.history_buffer.HistoryBuffer>\n",
      "    fc.weight: float32 [2, 2]  16 B\n",
    ] { #expect(text.contains(part), "\(part)") }
    let all = try run("inspect", "\(closed)/meta_zip.pth", "--all")
    #expect(
      all.contains("    args: <argparse.Namespace>\n      state: {'lr': 0.1, 'names': ['a']}\n"))
    let tensors = try run("inspect", "\(closed)/tensors_legacy.pth")
    #expect(tensors.contains("    quantised: <quantised tensor>\n"))
    #expect(try run("inspect", "\(closed)/model_zip.pth").contains("<project.Net>"))
    #expect(try run("inspect", "\(closed)/old.pth.tar").contains("PyTorch checkpoint, tar layout"))

    for command in ["export", "publish-model"] {
      let outcome = try Tool.run([command, "\(closed)/meta_zip.pth", file("\(command).pth")])
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(
        outcome.errors.contains("left out, for they are no plain data: meta.args (argparse.Names"))
    }
    #expect(try run("inspect", file("export.pth")).contains("    fc.weight: float32 [2, 2]"))

    for (name, message) in [
      ("script.pt", "is a TorchScript archive"), ("model_zip.pth", "holds a whole model"),
      ("numpy_bare_zip.pth", "the entry 'fc.weight' of the state dict is a numpy array"),
    ] {
      let outcome = try Tool.run(
        ["test", DemoSet.supernet, "\(closed)/\(name)", "--metrics", "accuracy"]
          + DemoSet.options())
      #expect(outcome.status == 1 && outcome.message.contains(message), "\(outcome.errors)")
    }
  }

  @Test func publishModelNamesTheFileByItsDigest() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let choice = "Tests/Fixtures/pickles/final_subnet.yaml"
    let output = try run(
      "publish-model", checkpoint, file("pub.pth"), "--mutable-cfg", choice, "--channel-cfg",
      choice)
    let lines = output.split(separator: "\n")
    let name = try #require(
      lines.first?.firstMatch(of: #/as .*/(pub_\d{8}-[0-9a-f]{8})\.pth\.$/#)?.1)
    #expect(
      try Set(FileManager.default.contentsOfDirectory(atPath: folder.path)) == [
        "\(name).pth", "\(name)_mutable_cfg.yaml", "\(name)_channel_cfg.yaml",
      ])
    #expect(
      FileManager.default.contentsEqual(
        atPath: file("\(name)_mutable_cfg.yaml"),
        andPath: Tool.root.appending(path: choice).path))
    let text = try run("inspect", file("\(name).pth"))
    #expect(text.contains("legacy layout") && !text.contains("optimizer"))
    #expect(try scores(file("\(name).pth")) == scores(checkpoint))
    let missing = try Tool.run(["publish-model", checkpoint, file("no/pub.pth")])
    #expect(missing.status == 1)
    #expect(missing.message.contains("no does not exist, please generate it manually."))
  }

  @Test func pretrainedWeightsComeFromFilesAndNames() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    // As torchvision would have it, were this its network.
    _ = try run("export", checkpoint, file("resnet50-0676ba61.pth"))
    let backbone = "algorithm.architecture.model.backbone.init_cfg"
    func train(_ location: String, _ more: [String]) throws -> Tool.Outcome {
      try Tool.run(
        ["train", DemoSet.supernet, "--work-dir", file("run"), "--no-validate"]
          + DemoSet.options(
            ["runner.max_iters=1", "\(backbone).type=Pretrained"]
              + ["\(backbone).checkpoint=\(location)"] + more),
        environment: [
          "MMRAZOR_CACHE": folder.path, "TORCH_HOME": file("none"),
          "https_proxy": "http://127.0.0.1:1",
        ])
    }
    for location in [checkpoint, "torchvision://resnet50"] {
      let outcome = try train(location, ["\(backbone).prefix=backbone."])
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.errors.contains("load backbone. in model from: "))
      #expect(!outcome.errors.contains("do not match exactly"), "\(outcome.errors)")
    }
    for (location, message) in [
      ("torchvision://resnet51", "similar names: resnet50"),
      ("open-mmlab://resnet50_v1c", "put it at \(file("resnet50_v1c-2cccc1ad.pth"))"),
      ("s3://bucket/a.pth", "use a path, http(s)://, torchvision://"),
      (file("no.pth"), "there is no such file"), (DemoSet.supernet, "looks like a text file"),
    ] {
      let outcome = try train(location, [])
      #expect(outcome.status == 1)
      #expect(
        outcome.message.contains("\(backbone)") && outcome.message.contains(location)
          || location.contains("open-mmlab"), "\(outcome.message)")
      #expect(outcome.message.contains(message), "\(outcome.message)")
    }
  }

  @Test func loadFromTakesNamesToo() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    _ = try run("export", checkpoint, file("vgg11-8a719046.pth"))
    let outcome = try Tool.run(
      ["train", DemoSet.supernet, "--work-dir", file("run"), "--no-validate"]
        + DemoSet.options(["runner.max_iters=1", "load_from=torchvision://vgg11"]),
      environment: ["MMRAZOR_CACHE": folder.path])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("load checkpoint from torchvision path: torchvision://vgg11"))
    #expect(outcome.errors.contains("'architecture.model.' is put before the keys"))
  }
}
