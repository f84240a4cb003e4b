internal import Configs
internal import Foundation

/// The first stretch of a run, with smaller rates (or larger momentum).
public struct Warmup: Hashable, Sendable {
  public var kind: Kind
  public var length: Length
  /// The share of the regular value at the start.
  public var ratio: Double

  public enum Kind: String, CaseIterable, Sendable {
    case constant
    case linear
    case exponential = "exp"
  }

  public enum Length: Hashable, Sendable {
    case iterations(Int)
    case epochs(Int)
  }

  public init(_ kind: Kind, length: Length, ratio: Double = 0.1) {
    self.kind = kind
    self.length = length
    self.ratio = ratio
  }

  /// A learning rate during warmup.
  ///
  /// - Parameters:
  ///   - regular: the rate without warmup.
  ///   - length: of the whole warmup, in iterations.
  func rate(_ regular: Double, iteration: Int, length: Int) -> Double {
    regular * factor(iteration: iteration, length: length)
  }

  /// A momentum during warmup: larger by what the rate is smaller.
  func momentum(_ regular: Double, iteration: Int, length: Int) -> Double {
    regular / factor(iteration: iteration, length: length)
  }

  private func factor(iteration: Int, length: Int) -> Double {
    let rest = 1 - Double(iteration) / Double(length)
    switch kind {
    case .constant: return ratio
    case .linear: return 1 - rest * (1 - ratio)
    case .exponential: return pow(ratio, rest)
    }
  }
}

extension Warmup {
  /// Reads `warmup`, `warmup_iters`, `warmup_ratio` and `warmup_by_epoch`.
  static func read(_ reader: inout ConfigReader) throws(ConfigError) -> Warmup? {
    let name: String? = try reader.readIfPresent("warmup")
    let count: Int = try reader.read("warmup_iters", default: 0)
    let ratio: Double = try reader.read("warmup_ratio", default: 0.1)
    let byEpoch: Bool = try reader.read("warmup_by_epoch", default: false)
    guard let name else { return nil }
    guard let kind = Kind(rawValue: name) else {
      throw .unknownType(
        path: reader.path.appending("warmup"), kind: "warmup", name: name,
        nearest: NearestName.of(name, among: Kind.allCases.map(\.rawValue)))
    }
    guard count > 0 else {
      throw .invalidValue(
        path: reader.path.appending("warmup_iters"), message: "must be above 0, this is \(count)")
    }
    guard ratio > 0, ratio <= 1 else {
      throw .invalidValue(
        path: reader.path.appending("warmup_ratio"),
        message: "must lie in (0, 1], this is \(PythonText.representation(ratio))")
    }
    return Warmup(kind, length: byEpoch ? .epochs(count) : .iterations(count), ratio: ratio)
  }
}
