/// Values of Python's standard library that are read as text or numbers.
extension Unpickler {
  /// Nil where the arguments are none that Python writes.
  func knownValue(_ global: PickleGlobal, _ arguments: [Int]) -> PickleValue? {
    let values = arguments.map { index -> PickleValue in
      if case .leaf(let value) = nodes[index] { value } else { .none }
    }
    switch global {
    case .complex:
      guard values.count == 2, let real = values[0].number, let imaginary = values[1].number else {
        return nil
      }
      return .complex(real, imaginary)
    case .decimal: return values.first?.text.flatMap { Double($0) }.map(PickleValue.float)
    case .path: return path(values.compactMap(\.text)).map(PickleValue.string)
    case .date, .time, .dateTime: return moment(global, values.first).map(PickleValue.string)
    case .timeDelta:
      let parts = values.compactMap(\.number)
      guard parts.count == 3 else { return nil }
      return .float(parts[0] * 86_400 + parts[1] + parts[2] / 1e6)
    default: return nil
    }
  }

  private func path(_ parts: [String]) -> String? {
    guard let first = parts.first else { return "." }
    let isRoot = first.hasSuffix("/") || first.hasSuffix("\\")
    let separator = parts.contains { $0.contains("\\") } ? "\\" : "/"
    return (isRoot ? first : "")
      + parts.dropFirst(isRoot ? 1 : 0).joined(separator: separator)
  }

  /// Packed bytes as Python prints what they stand for; offsets of time zones are left out.
  private func moment(_ global: PickleGlobal, _ packed: PickleValue?) -> String? {
    let bytes: [Int]
    switch packed {
    case .bytes(let content)?: bytes = content.map { Int($0) }
    case .string(let text)?: bytes = text.unicodeScalars.map { Int($0.value) }
    default: return nil
    }
    func padded(_ number: Int, _ width: Int) -> String {
      let digits = String(number)
      return String(repeating: "0", count: max(width - digits.count, 0)) + digits
    }
    func date(_ start: Int) -> String {
      // The month's highest bit belongs to summer time.
      [
        padded(bytes[start] << 8 + bytes[start + 1], 4), padded(bytes[start + 2] & 0x7F, 2),
        padded(bytes[start + 3], 2),
      ].joined(separator: "-")
    }
    func time(_ start: Int) -> String {
      let parts = [bytes[start] & 0x7F, bytes[start + 1], bytes[start + 2]]
      let micro = bytes[start + 3] << 16 + bytes[start + 4] << 8 + bytes[start + 5]
      return parts.map { padded($0, 2) }.joined(separator: ":")
        + (micro == 0 ? "" : "." + padded(micro, 6))
    }
    switch (global, bytes.count) {
    case (.date, 4): return date(0)
    case (.time, 6): return time(0)
    case (.dateTime, 10): return "\(date(0)) \(time(4))"
    default: return nil
    }
  }

  /// The class or function that a node names, for an object that stays closed.
  func name(of function: Int) throws(Problem) -> String {
    switch nodes[function] {
    case .global(let global): return global.path
    case .object(let object): return object.name
    default: throw malformed("a call of what is no function")
    }
  }

  /// `getattr(class, name)`: how members of enumerations and methods are pickled.
  func member(of function: PickleGlobal, _ arguments: [Int]) -> PickleNode? {
    guard ["builtins.getattr", "__builtin__.getattr"].contains(function.path),
      arguments.count == 2, case .global(let owner) = nodes[arguments[0]],
      case .leaf(.string(let name)) = nodes[arguments[1]]
    else { return nil }
    return .object(.init(name: "\(owner.path).\(name)"))
  }

  /// `_reconstructor(class, base, content)`. Nil where the arguments are others.
  func reconstructed(_ arguments: [Int]) throws(Problem) -> PickleNode? {
    guard arguments.count == 3, case .global(let made) = nodes[arguments[0]] else { return nil }
    switch (made, nodes[arguments[2]]) {
    case (.dict, .dict(let content)), (.orderedDict, .dict(let content)):
      return .dict(.init(kind: made == .dict ? .plain : .ordered, items: content.items))
    case (_, .dict(let content)):
      return .object(.init(name: made.path, entries: content.items))
    case (_, .list(let content)), (_, .tuple(let content)):
      return .object(.init(name: made.path, elements: content))
    default: return .object(.init(name: made.path))
    }
  }

  /// The text behind the escapes of protocol 0: Python's own of a string, or the few of
  /// `raw-unicode-escape`.
  func unescaped(_ text: Substring, isRaw: Bool) -> String {
    guard text.utf8.contains(UInt8(ascii: "\\")) else { return String(text) }
    var result = String.UnicodeScalarView()
    let scalars = Array(text.unicodeScalars)
    var position = 0
    /// Takes a number of `count` digits behind the escape's letter.
    func number(_ count: Int, radix: Int) -> Unicode.Scalar? {
      let digits = scalars[min(position + 2, scalars.count)...].prefix(count)
      guard digits.count == count,
        let value = UInt32(String(String.UnicodeScalarView(digits)), radix: radix)
      else { return nil }
      return Unicode.Scalar(value) ?? "\u{FFFD}"
    }
    while position < scalars.count {
      guard scalars[position] == "\\", position + 1 < scalars.count else {
        result.append(scalars[position])
        position += 1
        continue
      }
      let letter = scalars[position + 1]
      let widths: [Unicode.Scalar: Int] = isRaw ? ["u": 4, "U": 8] : ["x": 2]
      let plain: [Unicode.Scalar: Unicode.Scalar] =
        isRaw ? [:] : ["n": "\n", "r": "\r", "t": "\t", "\\": "\\", "'": "'", "\"": "\""]
      if let width = widths[letter], let scalar = number(width, radix: 16) {
        result.append(scalar)
        position += 2 + width
      } else if let scalar = plain[letter] {
        result.append(scalar)
        position += 2
      } else {
        result.append("\\")
        position += 1
      }
    }
    return String(result)
  }
}

extension PickleGlobal {
  /// The Python name, for an object that stays closed.
  var path: String {
    switch self {
    case .other(let path): path
    case .storage(let type): "torch.\(type.name)"
    case .dtype(let name): "torch.\(name)"
    default: Self.path(of: self)
    }
  }
}
