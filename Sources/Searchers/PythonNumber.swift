/// Numbers in log lines, as Python prints them.
enum PythonNumber {
  static func text(_ value: Double) -> String {
    if value.isNaN { return "nan" }
    if value.isInfinite { return value < 0 ? "-inf" : "inf" }
    if value == value.rounded(), abs(value) < 1e16 { return "\(Int(value)).0" }
    return "\(value)"
  }

  static func list(_ values: [Double]) -> String {
    "[" + values.map(text).joined(separator: ", ") + "]"
  }
}
