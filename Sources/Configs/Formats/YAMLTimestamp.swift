/// Dates and times of YAML 1.1.
///
/// To PyYAML they are objects of Python's `datetime`, which have no place in a config tree; they
/// are kept as opaque values with the `repr` that those objects have.
enum YAMLTimestamp {
  /// The `repr` of what a plain scalar means; `nil` if it is neither a date nor a time, or one
  /// that does not exist.
  static func representation(_ text: String) -> String? {
    var rest = Substring(text)
    guard let year = number(&rest, digits: 4...4), skip("-", &rest),
      let (month, monthDigits) = counted(&rest), skip("-", &rest),
      let (day, dayDigits) = counted(&rest), exists(year, month, day)
    else { return nil }
    if rest.isEmpty {
      guard monthDigits == 2, dayDigits == 2 else { return nil }
      return "datetime.date(\(year), \(month), \(day))"
    }
    let space = rest.prefix { $0 == " " || $0 == "\t" }
    if space.isEmpty {
      guard skip("T", &rest) || skip("t", &rest) else { return nil }
    } else {
      rest = rest[space.endIndex...]
    }
    guard let hour = number(&rest, digits: 1...2), hour < 24, skip(":", &rest),
      let minute = number(&rest, digits: 2...2), minute < 60, skip(":", &rest),
      let second = number(&rest, digits: 2...2), second < 60
    else { return nil }
    var fields = [year, month, day, hour, minute, second]
    if skip(".", &rest) {
      let fraction = rest.prefix(while: \.isDigit)
      rest = rest[fraction.endIndex...]
      let micro = fraction.prefix(6)
      fields.append(
        Int(micro + String(repeating: "0", count: 6 - micro.count)) ?? 0)
    } else {
      fields.append(0)
    }
    guard let zone = zone(rest) else { return nil }
    // Python leaves out what is zero at the end.
    if fields.last == 0 { fields.removeLast() }
    if fields.count == 6, fields.last == 0 { fields.removeLast() }
    let numbers = fields.map(String.init).joined(separator: ", ")
    return "datetime.datetime(\(numbers)\(zone))"
  }

  /// The argument for a time zone, empty when there is none.
  private static func zone(_ text: Substring) -> String? {
    guard !text.isEmpty else { return "" }
    var rest = text.drop { $0 == " " || $0 == "\t" }
    if rest == "Z" { return ", tzinfo=datetime.timezone.utc" }
    guard let sign = rest.popFirst(), sign == "+" || sign == "-",
      let hours = number(&rest, digits: 1...2), hours < 24
    else { return nil }
    var minutes = 0
    if skip(":", &rest) {
      guard let value = number(&rest, digits: 2...2), value < 60 else { return nil }
      minutes = value
    }
    guard rest.isEmpty else { return nil }
    let seconds = (hours * 60 + minutes) * (sign == "-" ? -60 : 60)
    if seconds == 0 { return ", tzinfo=datetime.timezone.utc" }
    let difference =
      seconds < 0 ? "days=-1, seconds=\(seconds + 86_400)" : "seconds=\(seconds)"
    return ", tzinfo=datetime.timezone(datetime.timedelta(\(difference)))"
  }

  private static func exists(_ year: Int, _ month: Int, _ day: Int) -> Bool {
    guard year > 0, (1...12).contains(month) else { return false }
    let isLeap = year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
    let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    return (1...days[month - 1]).contains(day)
  }

  private static func number(_ text: inout Substring, digits: ClosedRange<Int>) -> Int? {
    let found = text.prefix(digits.upperBound).prefix(while: \.isDigit)
    guard digits.contains(found.count) else { return nil }
    text = text[found.endIndex...]
    return Int(found)
  }

  private static func counted(_ text: inout Substring) -> (value: Int, digits: Int)? {
    let before = text.count
    guard let value = number(&text, digits: 1...2) else { return nil }
    return (value, before - text.count)
  }

  private static func skip(_ character: Character, _ text: inout Substring) -> Bool {
    guard text.first == character else { return false }
    text.removeFirst()
    return true
  }
}

extension Character {
  fileprivate var isDigit: Bool { isASCII && isNumber }
}
