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
    for command in ["train", "search", "test", "print-config", "get-flops", "make-demo-data"] {
      let outcome = try Tool.run([command, "--help"])
      #expect(outcome.status == 0)
      #expect(outcome.output.contains("USAGE: mmrazor \(command)"))
    }
  }

  @Test func upstreamsCommandsWorkAsTyped() throws {
    for (script, config) in [
      ("tools/misc/print_config.py", DemoSet.supernet),
      ("tools/misc/get_flops.py", DemoSet.supernet),
    ] {
      let process = Process()
      process.executableURL = URL(filePath: "/usr/bin/env")
      process.arguments = ["python3", script, config]
      process.currentDirectoryURL = Tool.root
      var environment = ProcessInfo.processInfo.environment
      environment["MMRAZOR"] =
        URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        .appending(path: "mmrazor").path
      process.environment = environment
      let output = Pipe()
      process.standardOutput = output
      try process.run()
      let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
      #expect(text.contains(script.contains("flops") ? "Flops: 1.24 GFLOPs" : "type='SPOS'"))
    }
  }
}
