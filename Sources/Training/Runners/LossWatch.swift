/// Tells when losses become infinite or not a number: once at the first of the bad iterations, and
/// once when they are over.
struct LossWatch {
  /// The iteration in which it began, while it lasts.
  private var start: Int?

  /// - Parameters: iterations and epochs count from 1.
  /// - Returns: what the log should say; `nil` when there is nothing new.
  mutating func observe(_ output: TrainStepOutput, epoch: Int, iteration: Int) -> String? {
    guard let (name, value) = output.nonFiniteLoss else {
      defer { start = nil }
      return start.map {
        "losses are finite again in iteration \(iteration), after \(iteration - $0) that were not"
      }
    }
    guard start == nil else { return nil }
    start = iteration
    return Self.message(name, value, epoch: epoch, iteration: iteration)
      + "; the run goes on, custom_hooks = [dict(type='CheckInvalidLossHook')] would stop it"
  }

  static func message(_ name: String, _ value: Double, epoch: Int, iteration: Int) -> String {
    "'\(name)' became \(PythonText.representation(value)) in iteration \(iteration) "
      + "(epoch \(epoch)); a lower learning rate, a warmup or gradient clipping "
      + "(optimizer_config.grad_clip) may help"
  }
}

extension TrainStepOutput {
  /// The first loss that is infinite or not a number: a term rather than the sum of all.
  var nonFiniteLoss: (name: String, value: Double)? {
    let bad = logVariables.filter { $0.0.contains("loss") && !$0.1.isFinite }
    return (bad.first { $0.0 != "loss" } ?? bad.first).map { (name: $0.0, value: $0.1) }
  }
}
