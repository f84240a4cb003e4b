import Foundation
import Testing

@Suite struct ReportTests {
  @Test(
    arguments: [
      (
        DemoSet.subnet, "configs/nas/spos/SPOS_SHUFFLENETV2_330M_IN1k_PAPER.yaml",
        "Flops: 0.33 GFLOPs", "Params: 3.56 M"
      ),
      (
        "configs/nas/spos/spos_subnet_mobilenet_proxyless_gpu_8xb128_in1k.py",
        "configs/nas/spos/SPOS_MOBILENET_490M_FROM_ANGELNAS.yaml", "Flops: 0.49 GFLOPs",
        "Params: 5.94 M"
      ),
    ])
  func getFLOPs(config: String, subnet: String, flops: String, parameters: String) throws {
    let outcome = try Tool.run(
      ["get-flops", config, "--cfg-options", "algorithm.mutable_cfg=\(subnet)"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("Input shape: (3, 224, 224)\n\(flops)\n\(parameters)\n"))
  }

  @Test func helpIsPrintedForEachCommand() throws {
    for command in [
      "train", "search", "test", "print-config", "get-flops", "make-demo-data", "benchmark",
    ] {
      let outcome = try Tool.run([command, "--help"])
      #expect(outcome.status == 0)
      #expect(outcome.output.contains("USAGE: mmrazor \(command)"))
    }
  }

  @Test func benchmarkTimesAConfigAndBooksItsOperations() throws {
    let (phases, output) = try Tool.benchmark([
      DemoSet.supernet, "--batch", "2", "--shape", "32", "--repeats", "2", "--warmup", "1",
      "--profile",
    ])
    for text in ["train step: ", "inference: ", "roofs: ", "convolution 1x1, gradients"] {
      #expect(output.contains(text), "\(text) is missing")
    }
    #expect(phases.map { $0["phase"] as? String } == ["train", "inference"])
    #expect(phases.allSatisfy { ($0["seconds"] as? [Double])?.count == 2 })
    #expect(phases.allSatisfy { ($0["subnets"] as? [[String: String]])?.count == 2 })
  }

  @Test func benchmarkTimesRoundsOfASearch() throws {
    let (phases, output) = try Tool.benchmark([
      SlimSet.search, "--phases", "search", "--batch", "2", "--batches", "2", "--shape", "32",
      "--repeats", "2",
    ])
    #expect(output.contains(#/greedy search: [\d.]+ ms a candidate of 2 batches, /#))
    let phase = try #require(phases.first)
    let rounds = try #require(phase["subnets"] as? [[String: Int]])
    // The first starts from the whole network, the second from three quarters of its bins.
    let bins = rounds[0].count * 12
    #expect(rounds.map { $0.values.reduce(0, +) } == [bins, bins - bins / 4])
    let candidates = try #require(phase["candidates"] as? [Int])
    #expect(candidates == rounds.map { $0.values.count { $0 > 1 } })
    let seconds = try #require(phase["seconds"] as? [Double])
    let typical = try #require(phase["typical"] as? Double)
    let mean = seconds.reduce(0, +) / Double(candidates.reduce(0, +))
    #expect(abs(typical - mean) < 1e-9 * mean)
  }

  /// The quickstart's last step reads what commands before it wrote.
  @Test func theQuickstartsTableReadsWhatTheBenchmarkWrites() throws {
    let folder = try Tool.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let parts = folder.appending(path: "parts")
    try FileManager.default.createDirectory(at: parts, withIntermediateDirectories: true)
    for (name, text) in [
      ("checkpoint_1.pth", "0123456789"), ("results_1.json", #"{"accuracy_top-1": 87.5}"#),
      ("modules_1.txt", "(all)  1500  2500000\n"),
    ] {
      try text.write(to: parts.appending(path: name), atomically: true, encoding: .utf8)
    }
    let outcome = try Tool.run([
      "benchmark", DemoSet.supernet, "--phases", "inference", "--batch", "2", "--shape", "32",
      "--repeats", "1", "--warmup", "0", "--out", parts.appending(path: "speed_1.json").path,
    ])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let table = try Tool.runScript(
      "tools/misc/quickstart_table.py", ["autoslim", folder.path])
    #expect(table.status == 0, "\(table.errors)")
    #expect(
      table.output.contains(#/whole network +2\.50 M +2 k +0\.00 MB +87\.50 % +\d+\n/#),
      "\(table.output)")
  }

  @Test func benchmarkRefusesNonsense() throws {
    let other = try Tool.run(["benchmark", DemoSet.supernet, "--phases", "search"])
    #expect(other.status == 1)
    #expect(other.message.contains("searcher"))
    let evolution = try Tool.run(["benchmark", DemoSet.search, "--phases", "search"])
    #expect(evolution.status == 1)
    #expect(evolution.message.contains("searcher.type: only a GreedySearcher can be timed"))
    let nothing = try Tool.run(["benchmark", DemoSet.supernet, "--repeats", "0"])
    #expect(nothing.status == 2)
    #expect(nothing.errors.contains("--repeats must be at least 1, found 0"))
    let unknown = try Tool.run(["benchmark", DemoSet.supernet, "--phases", "sleep"])
    #expect(unknown.status == 2)
  }

  @Test(arguments: [
    ("tools/misc/print_config.py", "type='SPOS'"),
    ("tools/misc/get_flops.py", "Flops: 1.24 GFLOPs"),
  ])
  func upstreamsCommandsWorkAsTyped(script: String, text: String) throws {
    let outcome = try Tool.runScript(script, [DemoSet.supernet])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains(text))
  }
}
