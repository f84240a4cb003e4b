import Foundation
import RemoteFiles
import Testing

@Suite struct FileCacheTests {
  private let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("mmrazor-cache-\(UUID().uuidString)")

  @Test func aPathStandsForItself() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let file = folder.appendingPathComponent("subnet.yaml")
    try Data("a".utf8).write(to: file)
    #expect(try FileCache(folder: folder).file(at: file.path).path == file.path)
  }

  @Test func aMissingPathIsNamed() {
    #expect(throws: RemoteFileError.missing(path: "no/such/subnet.yaml")) {
      try FileCache(folder: folder).file(at: "no/such/subnet.yaml")
    }
  }

  @Test func aURLIsFoundInTheCacheByItsFileName() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let cached = folder.appendingPathComponent("subnet.yaml")
    try Data("a".utf8).write(to: cached)
    let found = try FileCache(folder: folder).file(at: "https://host.invalid/a/b/subnet.yaml")
    #expect(found.path == cached.path)
  }

  @Test func aURLThatCannotBeReachedTellsWhereToPutTheFile() {
    let error = #expect(throws: RemoteFileError.self) {
      try FileCache(folder: folder).file(at: "http://127.0.0.1:1/a/subnet.yaml")
    }
    let text = error.map(String.init(describing:)) ?? ""
    #expect(text.contains("put it at \(folder.appendingPathComponent("subnet.yaml").path)"))
    #expect(text.contains("http://127.0.0.1:1/a/subnet.yaml"))
  }

  @Test func aURLIsDownloadedOnce() throws {
    let source = folder.appendingPathComponent("served")
    try FileManager.default.createDirectory(at: source, withIntermediateDirectories: true)
    try Data("chosen".utf8).write(to: source.appendingPathComponent("net.yaml"))
    let server = Process()
    server.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    let port = 20_000 + Int.random(in: 0..<20_000)
    server.arguments = [
      "/usr/bin/python3", "-m", "http.server", String(port), "--bind", "127.0.0.1", "--directory",
      source.path,
    ]
    server.standardError = FileHandle.nullDevice
    server.standardOutput = FileHandle.nullDevice
    try server.run()
    let cache = FileCache(folder: folder.appendingPathComponent("cache"))
    var found: URL?
    for _ in 0..<50 where found == nil {
      Thread.sleep(forTimeInterval: 0.1)
      found = try? cache.file(at: "http://127.0.0.1:\(port)/net.yaml")
    }
    kill(server.processIdentifier, SIGKILL)
    let file = try #require(found)
    #expect(try String(contentsOf: file, encoding: .utf8) == "chosen")
    #expect(try cache.file(at: "http://127.0.0.1:\(port)/net.yaml") == file)
  }

  @Test func theEnvironmentNamesTheFolder() {
    #expect(FileCache(environment: ["MMRAZOR_CACHE": "/a/b"]).folder.path == "/a/b")
    #expect(FileCache(environment: ["HOME": "/h"]).folder.path == "/h/.cache/mmrazor")
  }
}
