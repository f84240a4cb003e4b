/// The multiple of `divisor` next to `value` that does not fall below `minimumRatio` of it, as the
/// MobileNet papers round channel counts.
///
/// - Parameter minimum: the smallest result, `divisor` unless given.
public func makeDivisible(
  _ value: Double, by divisor: Int, minimum: Int? = nil, minimumRatio: Double = 0.9
) -> Int {
  let rounded = Int(value + Double(divisor) / 2) / divisor * divisor
  let result = max(minimum ?? divisor, rounded)
  return Double(result) < minimumRatio * value ? result + divisor : result
}
