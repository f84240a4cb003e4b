#if canImport(Glibc)
  internal import Glibc
#else
  internal import Foundation
#endif

/// A seeded source of random numbers (xoshiro256++), passed in wherever chance is needed.
///
/// The same seed gives the same numbers on every machine. The whole state is `Codable`, so that
/// a resumed run continues where it stopped.
public struct Generator: RandomNumberGenerator, Sendable, Codable, Equatable {
  private var state: [UInt64]
  private var spareNormal: Double?

  public init(seed: UInt64) {
    var expander = SplitMix64(state: seed)
    state = (0..<4).map { _ in expander.next() }
  }

  /// A generator for one purpose, independent of all other keys: `(seed, epoch, sample)`.
  public init(seed: UInt64, key: UInt64...) {
    var mixed = SplitMix64(state: seed).finalized
    for part in key {
      mixed = SplitMix64(state: mixed ^ (part &* 0x9E37_79B9_7F4A_7C15 &+ 0xD1B5_4A32)).finalized
    }
    self.init(seed: mixed)
  }

  public mutating func next() -> UInt64 {
    let sum = state[0] &+ state[3]
    let result = (sum << 23 | sum >> 41) &+ state[0]
    let shifted = state[1] << 17
    state[2] ^= state[0]
    state[3] ^= state[1]
    state[1] ^= state[2]
    state[0] ^= state[3]
    state[2] ^= shifted
    state[3] = state[3] << 45 | state[3] >> 19
    return result
  }

  /// Uniform in `0 ..< 1`, with 53 random bits.
  public mutating func uniform() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  /// Uniform in `low ..< high`.
  public mutating func uniform(_ low: Double, _ high: Double) -> Double {
    low + (high - low) * uniform()
  }

  /// A whole number in `0 ..< bound`.
  public mutating func integer(below bound: Int) -> Int {
    precondition(bound > 0, "integer(below:) needs a positive bound, got \(bound)")
    return Int(next(upperBound: UInt64(bound)))
  }

  /// Normally distributed with mean 0 and deviation 1 (Box–Muller).
  public mutating func normal() -> Double {
    if let spare = spareNormal {
      spareNormal = nil
      return spare
    }
    let radius = (-2 * log(1 - uniform())).squareRoot()
    let angle = 2 * Double.pi * uniform()
    spareNormal = radius * sin(angle)
    return radius * cos(angle)
  }

  /// The numbers `0 ..< count` in random order.
  public mutating func permutation(_ count: Int) -> [Int] {
    Array(0..<count).shuffled(using: &self)
  }
}

/// Steele, Lea & Flood, "Fast splittable pseudorandom number generators" (2014).
private struct SplitMix64 {
  var state: UInt64

  var finalized: UInt64 {
    var copy = self
    return copy.next()
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
