internal import Foundation

/// The SHA-256 of a file.
///
/// Left to `sha256sum` of coreutils, which every Debian and most other Linux systems have: it is
/// needed once for a published file, and a cryptography package would double the time of a build.
enum FileDigest {
  /// - Returns: 64 hexadecimal digits.
  static func sha256(ofFile path: String) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["sha256sum", "--", path]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    do {
      try process.run()
    } catch {
      throw CommandError.noDigest(file: path)
    }
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    // A backslash stands before digests of files with odd names.
    let digest = text.drop { $0 == "\\" }.prefix { $0.isHexDigit }
    guard process.terminationStatus == 0, digest.count == 64 else {
      throw CommandError.noDigest(file: path)
    }
    return String(digest)
  }
}
