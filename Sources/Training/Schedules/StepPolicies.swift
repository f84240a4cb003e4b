internal import Foundation

/// The starting value throughout.
public struct FixedPolicy: SchedulePolicy {
  public init() {}

  public func value(from base: Double, at position: SchedulePosition) -> Double { base }
}

/// `base * gamma ^ n`, where `n` counts the milestones passed, but not below a minimum.
public struct StepPolicy: SchedulePolicy {
  public enum Milestones: Hashable, Sendable {
    case every(Int)
    case at([Int])
  }

  public var milestones: Milestones
  public var gamma: Double
  public var minimum: Double?

  public init(_ milestones: Milestones, gamma: Double, minimum: Double? = nil) {
    self.milestones = milestones
    self.gamma = gamma
    self.minimum = minimum
  }

  public func value(from base: Double, at position: SchedulePosition) -> Double {
    let passed =
      switch milestones {
      case .every(let length): position.step / length
      // The first milestone that lies ahead decides, as upstream, even in an unsorted list.
      case .at(let places): places.firstIndex { position.step < $0 } ?? places.count
      }
    let value = base * pow(gamma, Double(passed))
    return minimum.map { max(value, $0) } ?? value
  }
}

/// `base * gamma ^ t`
public struct ExponentialPolicy: SchedulePolicy {
  public var gamma: Double

  public init(gamma: Double) {
    self.gamma = gamma
  }

  public func value(from base: Double, at position: SchedulePosition) -> Double {
    base * pow(gamma, Double(position.step))
  }
}

/// `(base - min) * (1 - t / T) ^ power + min`
public struct PolynomialPolicy: SchedulePolicy {
  public var power: Double
  public var minimum: Double

  public init(power: Double = 1, minimum: Double = 0) {
    self.power = power
    self.minimum = minimum
  }

  public func value(from base: Double, at position: SchedulePosition) -> Double {
    (base - minimum) * pow(1 - position.fraction, power) + minimum
  }
}

/// `base * (1 + gamma * t) ^ -power`
public struct InversePolicy: SchedulePolicy {
  public var gamma: Double
  public var power: Double

  public init(gamma: Double, power: Double = 1) {
    self.gamma = gamma
    self.power = power
  }

  public func value(from base: Double, at position: SchedulePosition) -> Double {
    base * pow(1 + gamma * Double(position.step), -power)
  }
}
