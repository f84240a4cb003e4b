internal import Foundation

/// What a run's log says about the machine and the build: upstream's `collect_env`.
public struct EnvironmentInfo: Sendable {
  public var entries: [(name: String, value: String)]

  /// - Parameters:
  ///   - version: of this program.
  ///   - libraries: names and versions of the libraries that compute.
  ///   - threads: that operations use.
  public init(version: String, libraries: [(name: String, value: String)] = [], threads: Int) {
    entries = [
      ("sys.platform", Self.platform), ("MMRazor", version), ("Swift", Self.compiler),
      ("Build", Self.build), ("CUDA available", "False"), ("CPU", Self.processor),
      ("CPU threads", String(threads)),
    ]
    entries += libraries
    entries.append(("OS", ProcessInfo.processInfo.operatingSystemVersionString))
  }

  /// One `name: value` per line.
  public var text: String {
    entries.map { "\($0.name): \($0.value)" }.joined(separator: "\n")
  }

  /// The message that a log starts with.
  public var logMessage: String {
    let rule = String(repeating: "-", count: 60) + "\n"
    return "Environment info:\n" + rule + text + "\n" + rule
  }

  private static var platform: String {
    #if os(Linux)
      "linux"
    #elseif os(macOS)
      "darwin"
    #else
      "unknown"
    #endif
  }

  private static var compiler: String {
    #if compiler(>=6.4)
      "6.4 or later"
    #elseif compiler(>=6.3)
      "6.3"
    #else
      "6.2"
    #endif
  }

  private static var build: String {
    #if DEBUG
      "debug"
    #else
      "release"
    #endif
  }

  /// The processor's name, or its architecture when the system does not tell.
  private static var processor: String {
    let info = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    for line in info.split(separator: "\n") where line.hasPrefix("model name") {
      if let name = line.split(separator: ":", maxSplits: 1).last {
        return name.trimmingCharacters(in: .whitespaces)
      }
    }
    #if arch(x86_64)
      return "x86_64"
    #elseif arch(arm64)
      return "arm64"
    #else
      return "unknown"
    #endif
  }
}
