import Foundation
import Testing

/// Supernet, search, retraining and test, as a user runs them, on drawn pictures.
@Suite struct FlowTests {
  @Test func supernetSearchRetrainingAndTest() throws {
    let folder = try Tool.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let (supernet, search, subnet) = (
      folder.path + "/supernet", folder.path + "/search", folder.path + "/subnet"
    )

    let trained = try Tool.run(
      ["train", DemoSet.supernet, "--work-dir", supernet, "--seed", "0"] + DemoSet.options())
    #expect(trained.status == 0, "\(trained.errors)")
    let names = try FileManager.default.contentsOfDirectory(atPath: supernet)
    for name in ["iter_2.pth", "iter_4.pth", "latest.pth"] { #expect(names.contains(name)) }
    #expect(names.contains("spos_supernet_shufflenetv2_8xb128_in1k.py"))
    let log = try #require(names.first { $0.hasSuffix(".log") })
    let lines = try String(contentsOfFile: "\(supernet)/\(log)", encoding: .utf8)
    let iteration = #/ - mmcls - INFO - Iter \[4/4\]\tlr: \d\.\d{3}e-\d\d, eta: 0:00:00, time: /#
    #expect(lines.contains(iteration))
    #expect(lines.contains(#/Iter\(val\) \[3\]\taccuracy_top-1: \d+\.\d{4}, accuracy_top-5: /#))
    #expect(lines.contains("Saving checkpoint at 2 iterations"))

    // The dumped config is a config again, and says what ran.
    let printed = try Tool.run(
      ["print-config", "\(supernet)/spos_supernet_shufflenetv2_8xb128_in1k.py"])
    #expect(printed.status == 0)
    #expect(printed.output.contains("work_dir = '\(supernet)'"))

    let searched = try Tool.run(
      ["search", DemoSet.search, "\(supernet)/latest.pth", "--work-dir", search]
        + DemoSet.options([
          "searcher.candidate_pool_size=4", "searcher.candidate_top_k=2", "searcher.max_epoch=2",
          "searcher.num_mutation=2", "searcher.num_crossover=2",
        ]))
    #expect(searched.status == 0, "\(searched.errors)")
    #expect(searched.errors.contains("Epoch:[2/2], top1_score: "))
    let found = try FileManager.default.contentsOfDirectory(atPath: search)
    #expect(found.contains("search_epoch_1.pkl") && found.contains("search_epoch_2.pkl"))
    let yaml = try #require(found.first { $0.hasPrefix("final_subnet_") && $0.hasSuffix(".yaml") })

    let choice = "algorithm.mutable_cfg=\(search)/\(yaml)"
    let retrained = try Tool.run(
      ["train", DemoSet.subnet, "--work-dir", subnet, "--seed", "0"] + DemoSet.options([choice]))
    #expect(retrained.status == 0, "\(retrained.errors)")

    let results = "\(subnet)/results.json"
    let tested = try Tool.run(
      [
        "test", DemoSet.subnet, "\(subnet)/latest.pth", "--metrics", "accuracy", "precision",
        "--out", results, "--show-dir", "\(subnet)/show",
      ] + DemoSet.options([choice]))
    #expect(tested.status == 0, "\(tested.errors)")
    #expect(tested.output.contains(#/\naccuracy_top-1 : \d+\.\d\d\n/#))
    #expect(tested.output.contains("\ndumping results to \(results)"))
    let object = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: results)))
    let values = try #require(object as? [String: Any])
    for key in ["accuracy_top-1", "accuracy_top-5", "precision"] {
      #expect(values[key] is Double)
    }
    #expect(
      (values["class_scores"] as? [[Double]])?.map(\.count) == Array(repeating: 10, count: 20))
    #expect((values["pred_class"] as? [String])?.allSatisfy(DemoSet.classes.contains) == true)
    #expect(FileManager.default.fileExists(atPath: "\(subnet)/show/arrow"))
  }

  @Test func aResumedRunEndsWithTheSameBitsAsAnUninterruptedOne() throws {
    let folder = try Tool.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let arguments = ["train", DemoSet.supernet, "--seed", "7", "--no-validate", "--threads", "1"]
    let whole = try Tool.run(
      arguments + ["--work-dir", "\(folder.path)/whole"] + DemoSet.options())
    let resumed = try Tool.run(
      arguments + [
        "--work-dir", "\(folder.path)/resumed", "--resume-from", "\(folder.path)/whole/iter_2.pth",
      ] + DemoSet.options())
    #expect(whole.status == 0, "\(whole.errors)")
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(resumed.errors.contains("resumed"))
    let scores = try ["whole", "resumed"].map { name in
      let out = "\(folder.path)/\(name).json"
      let subnet = try Tool.run(
        ["test", DemoSet.supernet, "\(folder.path)/\(name)/iter_4.pth", "--out", out]
          + DemoSet.options())
      #expect(subnet.status == 0, "\(subnet.errors)")
      return try String(contentsOfFile: out, encoding: .utf8)
    }
    #expect(scores[0] == scores[1] && scores[0].contains("class_scores"))
  }

  @Test func drawnPicturesAreTheSameForTheSameSeed() throws {
    let folders = try (0..<2).map { _ in try Tool.temporaryFolder() }
    defer { for folder in folders { try? FileManager.default.removeItem(at: folder) } }
    for folder in folders {
      let made = try Tool.run(["make-demo-data", folder.path, "--train", "10", "--val", "10"])
      #expect(made.status == 0, "\(made.errors)")
    }
    let files = try folders.map { folder in
      try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
    }
    #expect(files[0] == files[1] && files[0].count > 40)
    for file in files[0] {
      #expect(
        FileManager.default.contentsEqual(
          atPath: folders[0].appending(path: file).path,
          andPath: folders[1].appending(path: file).path), "\(file)")
    }
  }
}
