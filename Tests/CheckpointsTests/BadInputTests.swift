import Foundation
import Tensors
import Testing

@testable import Checkpoints

@Suite("Bad input ends in one clear error")
struct BadInputTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// The error's text without the file's name.
  private func complaint(_ path: String) -> String? {
    do {
      let object = try RecordedFiles.read(path)
      for tensor in object.flattened().values { _ = try tensor.floats() }
      return nil
    } catch {
      let text = "\(error)"
      return text.hasPrefix("\(path): ") ? String(text.dropFirst(path.count + 2)) : nil
    }
  }

  private func complaint(_ bytes: [UInt8], _ name: String = "x.pth") throws -> String? {
    complaint(try folder.write(bytes, to: name))
  }

  private func archive(pickle: [UInt8]) throws -> [UInt8] {
    var zip = ZipWriter(MemorySink())
    try pickle.withUnsafeBytes { try zip.add("archive/data.pkl", $0) }
    return try zip.finish().bytes
  }

  @Test("What is no checkpoint is told apart")
  func otherFiles() throws {
    #expect(complaint(folder.path) == "is a folder, expected a file")
    #expect(complaint(folder.file("none.pth")) == "cannot open it: No such file or directory")
    #expect(complaint("/dev/null") == "is a device or pipe, expected a file")
    #expect(try complaint([]) == "the file is empty")
    let cases: [(String, String)] = [
      ("epoch: 1\n", "a text file"),
      ("<!DOCTYPE html><p>404", "a web page"),
      ("version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer; fetch the real file"),
      ("\u{1F}\u{0}\u{1}", "binary data of another kind"),
    ]
    for (text, kind) in cases {
      #expect(try complaint(Array(text.utf8)) == "is no PyTorch checkpoint; it looks like \(kind)")
    }
    #expect(
      complaint(
        RecordedFiles.path("torch1.13", "objects_4.pkl").replacing("objects_4", with: "nothing"))
        == "cannot open it: No such file or directory")
    let plain = try Data(
      contentsOf: URL(filePath: RecordedFiles.path("torch1.13", "objects_4.pkl")))
    #expect(
      try complaint(Array(plain)) == "is no PyTorch checkpoint; it looks like a plain pickle")
  }

  @Test("A file without a state dict says what it has")
  func noStateDict() throws {
    let path = folder.file("x.pth")
    try TorchObject.write(["model": [1], "epoch": 3], to: path)
    #expect {
      try Checkpoint.read(path)
    } throws: {
      "\($0)" == "\(path): has no 'state_dict'; its entries are: model, epoch"
    }
    try TorchObject.write(["state_dict": [1, 2]], to: path)
    #expect {
      try Checkpoint.read(path)
    } throws: {
      "\($0)" == "\(path): the file is damaged: 'state_dict': it is no dict of tensors by name"
    }
  }

  @Test("Code in a pickle is named and not run")
  func code() throws {
    let marker = folder.file("pwned")
    let command = "touch \(marker)"
    let call =
      Array("\u{28}".utf8) + [0x58] + [UInt8(command.utf8.count), 0, 0, 0] + Array(command.utf8)
      + Array("tR.".utf8)
    let cases = [
      "cposix\nsystem\n": "posix.system", "cos\nsystem\n": "os.system",
      "c__builtin__\neval\n": "__builtin__.eval", "cbuiltins\ngetattr\n": "builtins.getattr",
      "ctorch.nn.modules.linear\nLinear\n": "torch.nn.modules.linear.Linear",
    ]
    for (global, name) in cases {
      let pickle = [0x80, 2] + Array(global.utf8) + call
      let text =
        "refers to the Python object '\(name)', which is not plain data; nothing was executed"
      #expect(try complaint(pickle, "x.pkl") == text)
      #expect(try complaint(try archive(pickle: pickle)) == text)
    }
    #expect(!FileManager.default.fileExists(atPath: marker))
  }

  @Test("Pickles that would trap or swallow memory are refused")
  func hostilePickles() throws {
    // A list that contains itself.
    #expect(
      try complaint([0x80, 2] + Array("]q\u{0}h\u{0}a.".utf8), "x.pkl")
        == "the file is damaged: the pickle: an object that contains itself")
    // Ten thousand nested lists.
    let nested = [UInt8](repeating: 0x5D, count: 10_000) + [UInt8](repeating: 0x61, count: 9_999)
    #expect(
      try complaint([0x80, 2] + nested + [0x2E], "x.pkl")
        == "refused as unreasonable: objects nested deeper than 200 levels")
    // Each of forty tuples holds its predecessor twice: 2^40 objects when unfolded.
    let doubling = [UInt8](repeating: 0, count: 40).flatMap { _ in [0x32, 0x86] as [UInt8] }
    #expect(
      try complaint([0x80, 2, 0x29] + doubling + [0x2E], "x.pkl")?
        .hasPrefix("refused as unreasonable: shared objects") == true)
    // A text that says to be 4 GB long.
    #expect(
      try complaint([0x80, 2, 0x58, 0xFF, 0xFF, 0xFF, 0xFF, 0x2E], "x.pkl")
        == "the file is cut off within the pickle")
    // One megabyte of text, made into bytes again and again.
    let text = [0x58, 0, 0, 0x10, 0] + [UInt8](repeating: 0x61, count: 1 << 20)
    let again =
      [0x71, 0] + Array("0c_codecs\nencode\n".utf8) + [0x71, 1, 0x30]
      + (0..<100_000).flatMap { _ in
        [0x68, 1, 0x68, 0, 0x58, 6, 0, 0, 0] + Array("latin1".utf8) + [0x86, 0x52, 0x30]
      }
    #expect(
      try complaint([0x80, 2] + text + again + [0x4E, 0x2E], "x.pkl")
        == "refused as unreasonable: a pickle that copies its objects endlessly")
    #expect(try complaint([0x80, 9, 0x4E, 0x2E], "x.pkl") == "pickle protocol 9 is not supported")
    #expect(
      try complaint([0x80, 2, 0x61, 0x2E], "x.pkl")
        == "the file is damaged: the pickle: its stack runs empty")
  }

  @Test("Tensors that reach beyond their storage or claim absurd sizes are refused")
  func hostileTensors() throws {
    let storage = StoredTensor(floats: [1, 2, 3, 4], shape: [4]).storage
    let cases: [([Int], [Int], Int)] = [
      ([5], [1], 0), ([4], [1], 1), ([2, 2], [3, 1], 0), ([-1], [1], 0), ([2], [-1], 1),
      ([.max, .max], [0, 0], 0), ([.max], [.max], 0), ([2], [1, 1], 0), ([1], [1], .max),
    ]
    for (shape, strides, offset) in cases {
      #expect(throws: CheckpointError.Problem.self) {
        try StoredTensor(
          storage: storage, dtype: .float32, dimensions: shape, strides: strides, offset: offset)
      }
    }
    // An extent of 1 may have any stride.
    let odd = try StoredTensor(
      storage: storage, dtype: .float32, dimensions: [1, 1, 2], strides: [.max, .max, 2], offset: 1)
    #expect(try odd.floats() == [2, 4])
    // Four bytes that claim to be 256 GB.
    let expanded = try StoredTensor(
      storage: storage, dtype: .float32, dimensions: [1 << 36], strides: [0], offset: 0)
    #expect(throws: CheckpointError.self) { try expanded.floats() }
  }

  @Test(
    "A changed byte of an archive is noticed", arguments: ["tensors_zip", "checkpoint_sgd_zip"])
  func flippedBytes(name: String) throws {
    let path = RecordedFiles.path("torch1.13", "\(name).pth")
    let intact = Array(try Data(contentsOf: URL(filePath: path)))
    let archive = try ZipArchive(ByteBlock(copying: intact))
    for record in archive.records.values where !record.name.hasSuffix("version") {
      guard let position = record.range.randomElement() else { continue }
      var bytes = intact
      bytes[position] ^= 0x10
      #expect(
        try complaint(bytes)
          == "the file is damaged: the checksum of '\(record.name)' does not match its bytes")
    }
  }

  @Test(
    "A file cut off anywhere is an error",
    arguments: ["checkpoint_sgd_zip.pth", "checkpoint_sgd_legacy.pth", "objects_4.pkl"])
  func truncated(name: String) throws {
    let path = RecordedFiles.path("torch1.13", name)
    let intact = Array(try Data(contentsOf: URL(filePath: path)))
    for count in stride(from: 1, to: intact.count, by: 37) {
      let text = try complaint(Array(intact.prefix(count)), "cut-\(name)")
      #expect(text != nil, "\(count) bytes")
    }
  }

  @Test("Compressed archives and TorchScript are named")
  func otherArchives() throws {
    var bytes = try archive(pickle: [0x80, 2, 0x4E, 0x2E])
    let directory = try #require(
      bytes.indices.first { bytes[$0...].starts(with: [0x50, 0x4B, 1, 2]) })
    bytes[directory + 10] = 12
    #expect(
      try complaint(bytes)
        == "the compression of 'archive/data.pkl', method 12 of ZIP archives, is not supported")
    bytes[directory + 10] = 8
    #expect(
      try complaint(bytes) == "the file is damaged: 'archive/data.pkl': it cannot be unpacked")
    // The unpacked size, in the directory.
    for position in 24..<28 { bytes[directory + position] = 0x7F }
    #expect(try complaint(bytes)?.hasPrefix("refused as unreasonable: 2139062143 bytes") == true)

    var script = ZipWriter(MemorySink())
    try [0x80, 2, 0x4E, 0x2E].withUnsafeBytes {
      try script.add("m/data.pkl", $0)
      try script.add("m/constants.pkl", $0)
    }
    #expect(
      try complaint(try script.finish().bytes)?.hasPrefix("is a TorchScript archive") == true)
  }
}
