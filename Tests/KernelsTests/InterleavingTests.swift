import CKernels
import TestKit
import Testing

/// Channels of two activations moved into each other and back, against their definition.
@Suite struct InterleavingTests {
  private static let pixels = 5

  /// The arrangement a0 b0 a1 b1 … of each pixel, up to `cut` and from there on.
  private static func expected<Element>(
    _ a: [Element], _ b: [Element], half: Int, cut: Int
  ) -> (first: [Element], rest: [Element]) {
    var (first, rest) = ([Element](), [Element]())
    for pixel in 0..<pixels {
      let row = (0..<2 * half).map { ($0 % 2 == 0 ? a : b)[pixel * half + $0 / 2] }
      first += row[..<cut]
      rest += row[cut...]
    }
    return (first, rest)
  }

  /// Both ways, for each number of channels and each cut.
  private static func check<Element: FixedWidthInteger>(_ type: Element.Type, threads: Int32) {
    let bfloat: Int32 = Element.bitWidth == 16 ? 1 : 0
    for half in [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 29, 32, 37, 58, 80] {
      let count = pixels * half
      let a = (0..<count).map { Element(truncatingIfNeeded: 40503 &* ($0 + 1)) }
      let b = (0..<count).map { Element(truncatingIfNeeded: 30011 &* ($0 + 7)) }
      for cut in Set([0, 1, half / 2, half - 1, half, half + 1, 2 * half]) {
        let (firstValues, restValues) = expected(a, b, half: half, cut: cut)
        // One element more, to be left alone.
        var first = [Element](repeating: 99, count: pixels * cut + 1)
        var rest = [Element](repeating: 99, count: pixels * (2 * half - cut) + 1)
        ck_interleave(threads, bfloat, a, b, &first, &rest, pixels, half, cut)
        precondition(first == firstValues + [99] && rest == restValues + [99], "\(half), \(cut)")
        var one = [Element](repeating: 99, count: pixels * (2 * half - cut) + 1)
        ck_interleave(threads, bfloat, a, b, nil, &one, pixels, half, cut)
        precondition(one == rest, "\(half), \(cut)")
        var (left, right) = ([Element](repeating: 99, count: count + 1), a + [99])
        ck_deinterleave(threads, bfloat, first, rest, &left, &right, pixels, half, cut)
        precondition(left == a + [99] && right == b + [99], "\(half), \(cut)")
      }
    }
  }

  @Test(arguments: [Int32(CK_ANY_PROCESSOR), Int32(CK_AVX2), Int32(CK_AVX512)])
  func movesEachElementToItsPlace(_ instructions: Int32) async {
    await #expect(processExitsWith: .success) { [instructions = instructions as Int32] in
      ck_limit_instructions(instructions)
      for threads in [1, 2] as [Int32] {
        Self.check(UInt16.self, threads: threads)
        Self.check(UInt32.self, threads: threads)
      }
    }
  }
}
