internal import ArgumentParser

/// How the processes of a distributed run are started.
struct LauncherOptions: ParsableArguments {
  enum Launcher: String, ExpressibleByArgument, CaseIterable {
    case none, pytorch, slurm, mpi
  }

  @Option(help: "job launcher")
  var launcher = Launcher.none

  @Option(
    name: [.customLong("local_rank"), .customLong("local-rank")],
    help: "rank of this process on its machine, set by launchers")
  var localRank = 0

  @Option(help: "number of threads that compute; default: OMP_NUM_THREADS, else all cores")
  var threads: Int?

  func validate() throws {
    guard launcher == .none else {
      throw ValidationError(
        "--launcher \(launcher.rawValue): distributed runs are not built yet; use --launcher none")
    }
    if let threads, threads < 1 {
      throw ValidationError("--threads must be at least 1, found \(threads)")
    }
  }
}
