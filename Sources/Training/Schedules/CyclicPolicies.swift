internal import Foundation

/// Up and down again, a number of times (Smith, 2017), with each cycle's height shrinking by
/// `gamma`.
public struct CyclicPolicy: SchedulePolicy {
  /// The highest and the last value, as shares of the starting value.
  public var ratios: (peak: Double, end: Double)
  public var cycles: Int
  /// The share of a cycle that goes up.
  public var upShare: Double
  public var annealing: Annealing
  public var gamma: Double

  public init(
    ratios: (peak: Double, end: Double), cycles: Int = 1, upShare: Double = 0.4,
    annealing: Annealing = .cos, gamma: Double = 1
  ) {
    self.ratios = ratios
    self.cycles = cycles
    self.upShare = upShare
    self.annealing = annealing
    self.gamma = gamma
  }

  public func value(from base: Double, at position: SchedulePosition) -> Double {
    let length = max(position.limit / cycles, 1)
    let up = Int(upShare * Double(length))
    let step = position.step % length
    let scale = pow(gamma, Double(position.step / length))
    if step < up {
      let end = 1 - scale + ratios.peak * scale
      return annealing.value(
        from: base, to: base * end, at: Double(step) / Double(up))
    }
    // Without a way up, upstream takes the way down for one and scales its end instead.
    let start = up == 0 ? ratios.peak : 1 - scale + ratios.peak * scale
    let end = up == 0 ? 1 - scale + ratios.end * scale : ratios.end
    return annealing.value(
      from: base * start, to: base * end, at: Double(step - up) / Double(length - up))
  }
}

/// The 1cycle policy (Smith & Topin, 2018): up to a maximum, down far below the start.
public struct OneCyclePolicy: SchedulePolicy {
  /// The highest rate: one for all groups, or one per group.
  public var maximum: [Double]
  /// The length of the cycle; that of the run when `nil`.
  public var totalSteps: Int?
  /// The share of the cycle that goes up.
  public var upShare: Double
  public var annealing: Annealing
  /// The starting value is the maximum divided by this.
  public var divisor: Double
  /// The last value is the starting value divided by this.
  public var finalDivisor: Double
  /// Whether the way down mirrors the way up and is followed by a third phase.
  public var hasThreePhases: Bool

  public init(
    maximum: [Double], totalSteps: Int? = nil, upShare: Double = 0.3,
    annealing: Annealing = .cos, divisor: Double = 25, finalDivisor: Double = 1e4,
    hasThreePhases: Bool = false
  ) {
    self.maximum = maximum
    self.totalSteps = totalSteps
    self.upShare = upShare
    self.annealing = annealing
    self.divisor = divisor
    self.finalDivisor = finalDivisor
    self.hasThreePhases = hasThreePhases
  }

  public func base(initial: Double, group: Int) -> Double {
    (maximum.count == 1 ? maximum[0] : maximum[group]) / divisor
  }

  public func value(from base: Double, at position: SchedulePosition) -> Double {
    let total = Double(totalSteps ?? position.limit)
    var phases: [(end: Double, from: Double, to: Double)] = [
      (upShare * total - 1, 1, divisor)
    ]
    if hasThreePhases {
      phases.append((2 * upShare * total - 2, divisor, 1))
      phases.append((total - 1, 1, 1 / finalDivisor))
    } else {
      phases.append((total - 1, divisor, 1 / finalDivisor))
    }
    let step = Double(position.step)
    var start = 0.0
    for phase in phases.dropLast() {
      if step <= phase.end {
        return annealing.value(
          from: base * phase.from, to: base * phase.to,
          at: (step - start) / (phase.end - start))
      }
      start = phase.end
    }
    let last = phases[phases.count - 1]
    return annealing.value(
      from: base * last.from, to: base * last.to,
      at: min((step - start) / (last.end - start), 1))
  }
}
