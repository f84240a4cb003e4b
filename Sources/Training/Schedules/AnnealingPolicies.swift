/// From the starting value to a target over the whole run (SGDR without restarts; Loshchilov &
/// Hutter, 2017), or over its last part.
public struct AnnealingPolicy: SchedulePolicy {
  public var annealing: Annealing
  public var target: ScheduleTarget
  /// The share of the run before which the value stays.
  public var flatShare: Double

  public init(_ annealing: Annealing, to target: ScheduleTarget, flatShare: Double = 0) {
    self.annealing = annealing
    self.target = target
    self.flatShare = flatShare
  }

  public func value(from base: Double, at position: SchedulePosition) -> Double {
    let start = Int((Double(position.limit) * flatShare).rounded(.toNearestOrEven))
    guard position.step >= start else { return base }
    let rest = SchedulePosition(step: position.step - start, limit: position.limit - start)
    return annealing.value(from: base, to: target.value(from: base), at: rest.fraction)
  }
}

/// Cosine annealing that starts anew at given places (Loshchilov & Hutter, 2017).
public struct CosineRestartPolicy: SchedulePolicy {
  /// The lengths of the periods, one after another.
  public var periods: [Int]
  /// The height of each period's start, as a share of the starting value.
  public var weights: [Double]
  public var target: ScheduleTarget

  public init(periods: [Int], weights: [Double], target: ScheduleTarget) {
    precondition(
      periods.count == weights.count && !periods.isEmpty,
      "\(periods.count) periods with \(weights.count) weights")
    self.periods = periods
    self.weights = weights
    self.target = target
  }

  public func value(from base: Double, at position: SchedulePosition) -> Double {
    var start = 0
    var index = 0
    while index < periods.count - 1, position.step >= start + periods[index] {
      start += periods[index]
      index += 1
    }
    let fraction = min(Double(position.step - start) / Double(periods[index]), 1)
    return Annealing.cos.value(
      from: base, to: target.value(from: base), at: fraction, weight: weights[index])
  }
}

/// Cosine annealing followed by a stretch at a share of the target:
/// `CosineAnnealingCooldown`.
public struct CosineCooldownPolicy: SchedulePolicy {
  public var target: ScheduleTarget
  /// The value during the last stretch, as a share of the target.
  public var ratio: Double
  /// The length of the last stretch.
  public var length: Int

  public init(target: ScheduleTarget, ratio: Double = 0.1, length: Int = 10) {
    self.target = target
    self.ratio = ratio
    self.length = length
  }

  public func value(from base: Double, at position: SchedulePosition) -> Double {
    let target = target.value(from: base)
    let annealed = position.limit - length
    guard position.step <= annealed else { return target * ratio }
    let fraction = Double(position.step) / Double(max(annealed, 1))
    return Annealing.cos.value(from: base, to: target, at: fraction)
  }
}
