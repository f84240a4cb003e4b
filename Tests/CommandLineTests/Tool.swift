import Foundation
import Testing

/// The built `mmrazor` binary, as a user runs it.
enum Tool {
  struct Outcome {
    let status: Int32
    let output: String
    let errors: String

    /// The most memory the process had in use, in bytes, as far as it was seen.
    let peakMemory: Int

    /// The last line on standard error.
    var message: String {
      errors.split(separator: "\n").last.map(String.init) ?? ""
    }
  }

  /// The repository.
  static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Lies beside the test bundle.
  private static let binary = URL(filePath: CommandLine.arguments[0])
    .deletingLastPathComponent().appending(path: "mmrazor")

  /// Runs the binary in the repository's folder.
  ///
  /// - Parameters:
  ///   - fileBlocks: the size in blocks of 512 bytes beyond which no file can grow.
  ///   - addressSpace: the kilobytes of memory that the process can have.
  ///   - seconds: when the process is killed, if it still runs.
  static func run(
    _ arguments: [String], environment: [String: String] = [:], fileBlocks: Int? = nil,
    addressSpace: Int? = nil, killedAfter seconds: Double? = nil
  ) throws -> Outcome {
    let limits =
      (fileBlocks.map { ["ulimit -f \($0)"] } ?? [])
      + (addressSpace.map { ["ulimit -v \($0)"] } ?? [])
    var command = [binary.path] + arguments
    if !limits.isEmpty {
      let script = (limits + ["exec \"$0\" \"$@\""]).joined(separator: "; ")
      command = ["/bin/sh", "-c", script] + command
    }
    return try run(command: command, environment: environment, killedAfter: seconds)
  }

  /// Runs a script of the repository, which is to call the built binary.
  static func runScript(_ path: String, _ arguments: [String]) throws -> Outcome {
    try run(
      command: ["/usr/bin/env", "python3", path] + arguments,
      environment: ["MMRAZOR": binary.path])
  }

  /// What `benchmark --out` writes, an object for each phase, and what it prints.
  static func benchmark(
    _ arguments: [String]
  ) throws -> (phases: [[String: Any]], output: String) {
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "times.json")
    let outcome = try run(["benchmark"] + arguments + ["--out", file.path])
    try #require(outcome.status == 0, "\(outcome.errors)")
    let phases = try JSONSerialization.jsonObject(with: Data(contentsOf: file))
    return (try #require(phases as? [[String: Any]]), outcome.output)
  }

  private static func run(
    command: [String], environment: [String: String], killedAfter seconds: Double? = nil
  ) throws -> Outcome {
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let process = Process()
    process.executableURL = URL(filePath: command[0])
    process.arguments = Array(command.dropFirst())
    process.currentDirectoryURL = root
    var variables = ProcessInfo.processInfo.environment
    // Tests run beside one another; threads that spin while they wait would hold each other up.
    variables["OMP_WAIT_POLICY"] = "passive"
    variables.merge(environment) { _, new in new }
    process.environment = variables
    process.standardInput = FileHandle.nullDevice
    // Files, not pipes: both streams may be long.
    let (output, errors) = (folder.appending(path: "out"), folder.appending(path: "err"))
    for file in [output, errors] { try Data().write(to: file) }
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    if let seconds {
      Thread.sleep(forTimeInterval: seconds)
      kill(process.processIdentifier, SIGKILL)
    }
    var peak = 0
    while process.isRunning {
      peak = max(peak, residentPeak(of: process.processIdentifier))
      Thread.sleep(forTimeInterval: 0.005)
    }
    process.waitUntilExit()
    return Outcome(
      status: process.terminationReason == .exit
        ? process.terminationStatus : -process.terminationStatus,
      output: try String(contentsOf: output, encoding: .utf8),
      errors: try String(contentsOf: errors, encoding: .utf8), peakMemory: peak)
  }

  /// The `VmHWM` of a process, in bytes; 0 when it is gone.
  private static func residentPeak(of process: Int32) -> Int {
    let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
    let line = status?.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return (line?.split(separator: " ").compactMap { Int($0) }.first ?? 0) * 1024
  }

  static func temporaryFolder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "mmrazor-cli-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }
}
