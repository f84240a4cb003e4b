import Configs
import OrderedCollections

/// Evaluates Python configs in the embedded interpreter.
struct EmbeddedEvaluator: PythonEvaluator {
  func basesNeeded(by source: ConfigSource) throws(ConfigFileError) -> Config? {
    guard source.text.utf8.contains(UInt8(ascii: ".")), source.text.contains("_base_.") else {
      return nil
    }
    let answer = try PythonInterpreter.shared.run { python throws(ConfigFileError) in
      try python.call(
        "bases_needed", Self.arguments(source), withEnvironment: false, file: source.file)
    }
    let values = try Self.check(answer, source)
    return values.first?.items?.first
  }

  func evaluate(
    _ source: ConfigSource, seeing bases: Config?
  ) throws(ConfigFileError) -> OrderedDictionary<Config.Key, Config> {
    let arguments = Self.arguments(source) + [bases ?? .none]
    let answer = try PythonInterpreter.shared.run { python throws(ConfigFileError) in
      try python.call("evaluate", arguments, file: source.file)
    }
    return try Self.check(answer, source).first?.dictionary ?? [:]
  }

  private static func arguments(_ source: ConfigSource) -> [Config] {
    [.string(source.original), .string(source.text), .string(source.file)]
  }

  private static func check(
    _ answer: (word: String, values: [Config]), _ source: ConfigSource
  ) throws(ConfigFileError) -> [Config] {
    let values = answer.values
    switch answer.word {
    case "ok":
      return values
    case "syntax":
      let line = values.first?.number
      throw .syntax(
        file: source.file, line: line,
        column: (values.count > 1 ? values[1].number : nil).flatMap { $0 > 0 ? $0 : nil },
        message: values.last?.text ?? "", excerpt: source.line(line))
    default:
      let line = values.first?.number
      throw .evaluation(
        file: source.file, line: line, message: values.last?.text ?? "",
        excerpt: source.line(line))
    }
  }
}

extension Config {
  fileprivate var number: Int? {
    guard case .int(let value) = self else { return nil }
    return value
  }
}
