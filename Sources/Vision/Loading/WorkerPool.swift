internal import Foundation

/// Threads that prepare samples for any number of iterations, until the pool is shut down.
final class WorkerPool: Sendable {
  private let maker: SampleMaker
  private let monitor = Monitor(State())

  struct State: Sendable {
    /// The iterations under way, by number.
    var jobs: [Int: LoadingJob] = [:]
    var nextJob = 0
    var isClosing = false
    var runningThreads = 0
  }

  /// One step that a worker takes outside the lock.
  private enum Task: Sendable {
    case prepare(job: Int, LoadingJob.Claim)
    case stop
  }

  init(maker: SampleMaker, threads: Int) {
    self.maker = maker
    monitor.update { $0.runningThreads = threads }
    for number in 0..<threads {
      let thread = Thread { [self] in
        work()
        monitor.update { $0.runningThreads -= 1 }
      }
      thread.name = "loader \(number)"
      thread.start()
    }
  }

  /// Ends the threads and waits for them; samples that are being prepared are finished first.
  func shutDown() {
    monitor.update { state in
      state.isClosing = true
      state.jobs = [:]
    }
    monitor.wait { $0.runningThreads == 0 ? () : nil }
  }

  /// Starts an iteration and returns its number.
  func start(_ plan: BatchPlan, prefetch: Int) -> Int {
    monitor.update { state in
      let number = state.nextJob
      state.nextJob += 1
      state.jobs[number] = LoadingJob(plan: plan, prefetch: prefetch)
      return number
    }
  }

  func cancel(_ job: Int) {
    monitor.update { $0.jobs[job] = nil }
  }

  /// Waits for the next batch of an iteration; `nil` at its end.
  func next(_ job: Int) -> Result<SampleMaker.Outcome, VisionError>? {
    let delivery: LoadingJob.Delivery = monitor.wait { state in
      guard state.jobs[job] != nil else { return .end }
      return state.jobs[job]?.deliver()
    }
    // The place that the batch left is free: tell the workers.
    monitor.update { _ in }
    guard case .batch(let result) = delivery else { return nil }
    return result
  }

  private func work() {
    while true {
      let task: Task = monitor.wait { state in
        if state.isClosing { return .stop }
        for number in state.jobs.keys.sorted() {
          if let claim = state.jobs[number]?.claim() {
            return .prepare(job: number, claim)
          }
        }
        return nil
      }
      guard case .prepare(let job, let claim) = task else { return }
      let prepared = maker.sample(at: claim.index, epoch: claim.position.epoch)
      let complete = monitor.update { $0.jobs[job]?.finish(claim, with: prepared) }
      if let complete {
        let joined = maker.join(complete, position: claim.position)
        monitor.update { $0.jobs[job]?.store(joined, of: claim.sequence) }
      }
    }
  }
}
