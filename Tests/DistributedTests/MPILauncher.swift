import Foundation

/// Starts ranks with `mpirun`.
enum MPILauncher {
  /// What the processes left.
  struct Outcome {
    let status: Int32
    /// Of standard output and error.
    let text: String
    fileprivate let files: [Data]

    /// In the order of the ranks.
    func results<Result: Decodable>(of type: Result.Type) throws -> [Result] {
      try files.map { try JSONDecoder().decode(type, from: $0) }
    }
  }

  /// Where this process leaves its results, if it was started as a rank.
  static let resultFolder = ProcessInfo.processInfo.environment[folderVariable]

  private static let folderVariable = "MMRAZOR_RANK_RESULTS"

  /// What `timeout` exits with.
  static let timeoutStatus: Int32 = 124

  /// Where `mpirun` is, if it is installed.
  static let path: String? = (ProcessInfo.processInfo.environment["PATH"] ?? "")
    .split(separator: ":").map { "\($0)/mpirun" }
    .first { FileManager.default.isExecutableFile(atPath: $0) }

  /// Runs a test of ``RankProgram``.
  ///
  /// - Parameter ranks: how many processes are started; `nil` for one without `mpirun`.
  static func run(_ program: String, ranks: Int?) throws -> Outcome {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "mmrazor-ranks-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments =
      ["timeout", "120"] + (ranks.map { [path ?? "mpirun", "-n", "\($0)"] } ?? [])
      + [
        CommandLine.arguments[0], "--testing-library", "swift-testing", "--filter",
        "DistributedTests.RankProgram/\(program)",
      ]
    process.environment = ProcessInfo.processInfo.environment.merging(settings) { $1 }
      .merging([folderVariable: folder.path]) { $1 }
    process.standardInput = FileHandle.nullDevice
    let log = folder.appending(path: "log")
    try Data().write(to: log)
    let handle = try FileHandle(forWritingTo: log)
    process.standardOutput = handle
    process.standardError = handle
    try process.run()
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus, text: try String(contentsOf: log, encoding: .utf8),
      files: (0..<(ranks ?? 1)).compactMap {
        try? Data(contentsOf: folder.appending(path: "\($0).json"))
      })
  }

  /// For a container: its user is root, it may have fewer processors than ranks, neither a network
  /// nor the right to read another process's memory.
  private static let settings = [
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
    "OMPI_MCA_plm": "isolated",
    "OMPI_MCA_btl": "self,vader",
    "OMPI_MCA_btl_vader_single_copy_mechanism": "none",
    "OMP_WAIT_POLICY": "passive",
  ]
}
