internal import Foundation

/// A course of a hyperparameter over a run: mmcv's `*LrUpdaterHook` and `*MomentumUpdaterHook`.
///
/// The arithmetic is upstream's, operation by operation, so that values agree to the last bit.
public protocol SchedulePolicy: Sendable {
  /// The value at a place of the run, for a group that started with `base`.
  func value(from base: Double, at position: SchedulePosition) -> Double

  /// The value a group starts with, given the one its optimizer was built with.
  ///
  /// - Parameter group: the number of the group in its optimizer.
  func base(initial: Double, group: Int) -> Double
}

extension SchedulePolicy {
  public func base(initial: Double, group: Int) -> Double { initial }
}

/// A place in a run, in epochs or in iterations.
public struct SchedulePosition: Hashable, Sendable {
  /// Counted from 0.
  public var step: Int
  /// The length of the run.
  public var limit: Int

  public init(step: Int, limit: Int) {
    self.step = step
    self.limit = limit
  }

  var fraction: Double { Double(step) / Double(limit) }
}

/// How a value goes from a start to an end.
public enum Annealing: String, Sendable, CaseIterable {
  /// Half a wave of the cosine.
  case cos
  case linear

  /// - Parameter weight: scales the distance from the end (cosine only).
  func value(from start: Double, to end: Double, at fraction: Double, weight: Double = 1) -> Double
  {
    switch self {
    case .cos:
      let wave = Foundation.cos(Double.pi * fraction) + 1
      return end + 0.5 * weight * (start - end) * wave
    case .linear:
      return start + (end - start) * fraction
    }
  }
}

/// Where a schedule ends: a value, or a share of the one it started with.
public enum ScheduleTarget: Hashable, Sendable {
  case value(Double)
  case ratio(Double)

  func value(from base: Double) -> Double {
    switch self {
    case .value(let value): value
    case .ratio(let ratio): base * ratio
    }
  }
}
