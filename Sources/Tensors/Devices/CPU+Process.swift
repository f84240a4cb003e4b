#if canImport(Glibc)
  internal import Glibc

  extension CPU {
    /// Makes kernel threads wait gently; a program calls this before anything else.
    ///
    /// By default a thread of the OpenMP runtime that has nothing to do spins for milliseconds.
    /// Where data loaders or other programs want the same processors, those turns are taken from
    /// the threads that are waited for, and a step takes several times as long. The runtime reads
    /// its settings when it is loaded, so the program starts over once with a short wait. A choice
    /// of the user (`OMP_WAIT_POLICY`, `GOMP_SPINCOUNT`) stands.
    public static func restartWithBriefSpinning() {
      let chosen = getenv("OMP_WAIT_POLICY") != nil || getenv("GOMP_SPINCOUNT") != nil
      guard !chosen else { return }
      // Some 30 µs: longer than the pauses between kernels, shorter than a turn of the scheduler.
      setenv("GOMP_SPINCOUNT", "2000", 1)
      // By its own path, so that the process keeps its name.
      guard let program = realpath("/proc/self/exe", nil) else { return }
      execv(program, CommandLine.unsafeArgv)
      free(program)
      // Only a failure returns; the program then runs with the default.
    }
  }
#endif
