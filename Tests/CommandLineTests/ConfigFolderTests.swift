import Foundation
import Testing

@Suite struct ConfigFolderTests {
  /// Checks a folder of `count` configs with a base.
  private func check(_ count: Int) throws -> Tool.Outcome {
    let folder = try Tool.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let base = "a = [dict(type='Conv', size=(k, k)) for k in range(200)]\n"
    try base.write(to: folder.appending(path: "base.py"), atomically: false, encoding: .utf8)
    for number in 1..<count {
      try "import math\n_base_ = 'base.py'\nb = dict(c=math.pi, d=_base_.a, e=\(number))\n".write(
        to: folder.appending(path: "config_\(number).py"), atomically: false, encoding: .utf8)
    }
    return try Tool.run(["print-config", folder.path, "--check"])
  }

  @Test func twoThousandConfigsTakeNoMoreMemoryThanTwoHundred() throws {
    let few = try check(200)
    let many = try check(2000)
    #expect(few.status == 0 && many.status == 0, "\(many.errors)")
    #expect(many.output.contains("2000 configs, 0 failed"))
    // A value that is left behind by each config would be some 100 MB.
    #expect(few.peakMemory > 0)
    #expect(many.peakMemory - few.peakMemory < 10_000_000)
  }

  @Test func aFolderWithABrokenConfigFailsAndNamesIt() throws {
    let folder = try Tool.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    try "a = 1\n".write(
      to: folder.appending(path: "good.py"), atomically: false, encoding: .utf8)
    try "a = = 1\n".write(
      to: folder.appending(path: "bad.py"), atomically: false, encoding: .utf8)
    let outcome = try Tool.run(["print-config", folder.path, "--check"])
    #expect(outcome.status == 1)
    #expect(outcome.output.contains("bad.py:1:"))
    #expect(outcome.output.contains("2 configs, 1 failed"))
  }
}
