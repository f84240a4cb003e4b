internal import Foundation

/// What went wrong while downloading, in a few words.
struct DownloadFailure: Error {
  let reason: String
}

/// Fetches one URL into a file, which appears under its name only when it is complete.
///
/// The work is left to `curl`, which knows proxies, certificates and redirections as the machine
/// is set up for, and costs nothing at start-up when there is nothing to download.
struct Download {
  let source: URL
  let destination: URL

  init(from source: URL, to destination: URL) {
    self.source = source
    self.destination = destination
  }

  func run() throws(DownloadFailure) {
    let partial = destination.appendingPathExtension("part-\(getpid())")
    defer { try? FileManager.default.removeItem(at: partial) }
    do {
      try FileManager.default.createDirectory(
        at: destination.deletingLastPathComponent(), withIntermediateDirectories: true)
    } catch {
      throw DownloadFailure(
        reason: "cannot create \(destination.deletingLastPathComponent().path)")
    }
    let curl = Process()
    curl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    curl.arguments = [
      "curl", "--fail", "--silent", "--show-error", "--location", "--connect-timeout", "10",
      "--retry", "2", "--output", partial.path, source.absoluteString,
    ]
    let messages = Pipe()
    curl.standardError = messages
    curl.standardInput = FileHandle.nullDevice
    do {
      try curl.run()
    } catch {
      throw DownloadFailure(reason: "curl cannot be started")
    }
    let text = messages.fileHandleForReading.readDataToEndOfFile()
    curl.waitUntilExit()
    guard curl.terminationStatus == 0 else {
      let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
      let last = lines.last.map { $0.trimmingCharacters(in: .whitespaces) }
      throw DownloadFailure(reason: last ?? "curl exited with \(curl.terminationStatus)")
    }
    do {
      try FileManager.default.moveItem(at: partial, to: destination)
    } catch {
      throw DownloadFailure(reason: "cannot write \(destination.path)")
    }
  }
}
