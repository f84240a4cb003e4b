/// A text that is no JSON, or not the JSON that was expected.
public struct JSONError: Error, Hashable, Sendable {
  public enum Problem: Hashable, Sendable {
    /// - Parameter found: `nil` at the end of the text.
    case unexpected(found: UInt8?, expected: String)
    case wrongKind(found: JSONKind, expected: JSONKind)
    case invalidNumber
    /// A number that is no whole one of 64 bits where one was asked for.
    case notWhole
    case invalidEscape
    case invalidText
    case tooDeep(limit: Int)
    case unreadable(path: String, reason: String)
  }

  public let problem: Problem
  /// In bytes from the start of the text.
  public let offset: Int
  /// Counted from 1.
  public let line: Int
  /// In bytes, counted from 1.
  public let column: Int
}

extension JSONError: CustomStringConvertible {
  public var description: String {
    if case .unreadable(let path, let reason) = problem { return "cannot read \(path): \(reason)" }
    return "line \(line), column \(column) (byte \(offset)): \(problem)"
  }
}

extension JSONError.Problem: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unexpected(nil, let expected): "expected \(expected), but the text ends"
    case .unexpected(let found?, let expected):
      "expected \(expected), found \(Self.shown(found))"
    case .wrongKind(let found, let expected): "expected \(expected), found \(found)"
    case .invalidNumber: "a number that is none"
    case .notWhole: "expected a whole number of 64 bits"
    case .invalidEscape: "an escape that is none"
    case .invalidText: "bytes that are no UTF-8, or a control character, in a string"
    case .tooDeep(let limit): "more than \(limit) levels"
    case .unreadable(let path, let reason): "cannot read \(path): \(reason)"
    }
  }

  private static func shown(_ byte: UInt8) -> String {
    (33..<127).contains(byte) ? "'\(Character(Unicode.Scalar(byte)))'" : "byte \(byte)"
  }
}

/// The kinds of JSON's values.
public enum JSONKind: String, Hashable, Sendable, CustomStringConvertible {
  case object, array, string, number, boolean, null

  public var description: String {
    switch self {
    case .object: "an object"
    case .array: "an array"
    case .string: "a string"
    case .number: "a number"
    case .boolean: "true or false"
    case .null: "null"
    }
  }
}
