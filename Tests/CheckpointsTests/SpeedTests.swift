import Foundation
import OrderedCollections
import Tensors
import Testing

@testable import Checkpoints

@Suite("Reading is about one pass over the bytes")
struct SpeedTests {
  /// Prints seconds; `MMRAZOR_BENCHMARK` names the file to make and read, which stays for a
  /// comparison with `torch.load`.
  @Test(
    "A checkpoint of 350 MB reads within twice the time of a plain copy",
    .enabled(
      if: ProcessInfo.processInfo.environment["MMRAZOR_BENCHMARK"] != nil,
      "MMRAZOR_BENCHMARK is not set"))
  func large() throws {
    let path = try #require(ProcessInfo.processInfo.environment["MMRAZOR_BENCHMARK"])
    let device = CPU()
    var generator = Generator(seed: 3)
    let values = (0..<(1 << 20)).map { _ in Float(generator.uniform()) }
    var entries: [(name: String, tensor: Tensor)] = []
    for index in 0..<2000 {
      let count = [64, 64, 4096, 170_880][index % 4]
      entries.append(
        (
          "layer\(index).weight",
          Tensor(Array(values[index..<index + count]), shape: [count], on: device)
        ))
    }
    try seconds("write") { try Checkpoint(stateDict: StateDict(entries)).write(to: path) }
    var reading: [Double] = []
    var copying: [Double] = []
    for _ in 0..<5 {
      copying.append(try seconds("copy") { _ = try plainCopy(path) })
      reading.append(
        try seconds("read") {
          let checkpoint = try Checkpoint.read(path)
          let report = try checkpoint.stateDict.load(into: entries) { _, _ in }
          #expect(report.applied.count == 2000)
        })
    }
    #expect(try #require(reading.min()) <= 2 * #require(copying.min()))
  }

  private func plainCopy(_ path: String) throws -> Int {
    let file = try FileHandle(forReadingFrom: URL(filePath: path))
    return try file.readToEnd()?.count ?? 0
  }

  @discardableResult
  private func seconds(_ name: String, _ body: () throws -> Void) rethrows -> Double {
    let duration = try ContinuousClock().measure(body)
    let seconds =
      Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
    print("\(name): \((seconds * 1000).rounded()) ms")
    return seconds
  }
}
