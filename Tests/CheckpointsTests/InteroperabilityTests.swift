import Foundation
import Tensors
import Testing

@testable import Checkpoints

@Suite("Files for PyTorch")
struct InteroperabilityTests {
  /// Rewrites every recorded file for `Tests/Fixtures/record/check_written.py`, which compares
  /// what a real PyTorch loads with what was recorded.
  @Test(
    "Recorded files are rewritten where MMRAZOR_INTEROP_FOLDER says",
    .enabled(
      if: ProcessInfo.processInfo.environment["MMRAZOR_INTEROP_FOLDER"] != nil,
      "MMRAZOR_INTEROP_FOLDER is not set"))
  func rewrite() throws {
    let root = try #require(ProcessInfo.processInfo.environment["MMRAZOR_INTEROP_FOLDER"])
    let threes = StoredTensor(floats: .init(repeating: 3, count: 99), shape: [99])
    let wide = try ArchiveWriter.write(["a": .tensor(threes)], to: MemorySink(), wideLimit: 100)
    try AtomicFile.write(wide.bytes, to: "\(root)/wide.pth")
    for version in RecordedFiles.versions {
      let folder = "\(root)/\(version)"
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
      for name in try RecordedFiles.expected(version).keys {
        let object = try RecordedFiles.read(RecordedFiles.path(version, name))
        if name.hasSuffix(".pkl") {
          try Pickle.write(object, to: "\(folder)/\(name)")
        } else {
          let layout: Checkpoint.FileLayout = name.contains("legacy") ? .legacy : .archive
          try TorchObject.write(object, to: "\(folder)/\(name)", layout: layout)
        }
      }
    }
  }
}
