import Foundation
import OrderedCollections
import Tensors
import Testing

@testable import Checkpoints

@Suite("Writing and reading back")
struct WritingTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  static let layouts: [Checkpoint.FileLayout] = [.archive, .legacy]

  @Test("A rewritten recorded file holds the same objects and values", arguments: layouts)
  func roundTrip(layout: Checkpoint.FileLayout) throws {
    for name in ["tensors_zip.pth", "objects_zip.pth", "checkpoint_adam_legacy.pth"] {
      let object = try TorchObject.read(RecordedFiles.path("torch1.13", name))
      let path = folder.file(name)
      try TorchObject.write(object, to: path, layout: layout)
      try expectEqual(try TorchObject.read(path), object)
    }
  }

  @Test("A plain pickle keeps its tensors")
  func plainPickle() throws {
    for name in ["objects_zip.pth", "tensors_zip.pth"] {
      let object = try TorchObject.read(RecordedFiles.path("torch1.13", name))
      let path = folder.file(name)
      try Pickle.write(object, to: path)
      try expectEqual(try Pickle.read(path), object)
    }
  }

  private func expectEqual(_ actual: PickleValue, _ expected: PickleValue) throws {
    #expect(actual.description == expected.description)
    let wanted = expected.flattened()
    for (path, tensor) in actual.flattened() {
      let want = try #require(wanted[path])
      #expect(tensor.isParameter == want.isParameter, "\(path)")
      #expect(tensor.requiresGradient == want.requiresGradient, "\(path)")
      #expect(try tensor.doubles() == want.doubles(), "\(path)")
    }
  }

  @Test("A state dict of tensors keeps names, order, versions, facts and optimizer")
  func checkpoint() throws {
    let device = CPU()
    let weight = Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3], on: device)
    let activation = Tensor(
      channelsLast: [1, 10, 2, 20, 3, 30, 4, 40], shape: [1, 2, 2, 2], on: device)
    var checkpoint = Checkpoint(
      stateDict: StateDict(
        [("b.weight", weight), ("a.mask", activation)],
        moduleVersions: [("", 1), ("b", 1), ("a", 2)]),
      meta: ["epoch": 3, "CLASSES": .tuple(["x", "y"])],
      optimizer: ["state": [0: ["momentum_buffer": .tensor(StoredTensor(weight))]]])
    checkpoint.otherEntries["ema"] = 0.5
    let path = folder.file("epoch_3.pth")
    try checkpoint.write(to: path)

    let read = try Checkpoint.read(path)
    #expect(Array(read.stateDict.tensors.keys) == ["b.weight", "a.mask"])
    #expect(try read.stateDict.tensors["b.weight"]?.floats() == [1, 2, 3, 4, 5, 6])
    #expect(try read.stateDict.tensors["a.mask"]?.floats() == [1, 2, 3, 4, 10, 20, 30, 40])
    #expect(read.stateDict.metadata?["a"]?["version"]?.integer == 2)
    #expect(read.meta["epoch"]?.integer == 3)
    #expect(read.meta["CLASSES"]?.description == "('x', 'y')")
    let buffer = read.optimizer?["state"]?[0]?["momentum_buffer"]?.tensor
    // The weight and the buffer are one tensor here, and stay one in the file.
    #expect(buffer?.storage === read.stateDict.tensors["b.weight"]?.storage)
    #expect(read.otherEntries["ema"]?.number == 0.5)
    #expect(folder.names == ["epoch_3.pth"])
  }

  @Test("A slice is written without the storage behind it", arguments: layouts)
  func compactSlices(layout: Checkpoint.FileLayout) throws {
    let whole = StoredTensor(floats: (0..<10_000).map(Float.init), shape: [100, 100])
    let slice = try StoredTensor(
      storage: whole.storage, dtype: .float32, dimensions: [2, 3], strides: [100, 2], offset: 5)
    let path = folder.file("slice.pth")
    try TorchObject.write(["slice": .tensor(slice)], to: path, layout: layout)
    let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
    #expect(try #require(size) < 2000)
    #expect(
      try TorchObject.read(path)["slice"]?.tensor?.floats() == [5, 7, 9, 105, 107, 109])
  }

  @Test("Equal content gives equal files")
  func reproducible() throws {
    let value: PickleValue = ["a": .tensor(StoredTensor(floats: [1, 2], shape: [2]))]
    for name in ["one.pth", "two.pth"] { try TorchObject.write(value, to: folder.file(name)) }
    let files = try ["one.pth", "two.pth"].map {
      try Data(contentsOf: URL(filePath: folder.file($0)))
    }
    #expect(files[0] == files[1])
  }

  @Test("Record contents begin at multiples of 64 bytes and check out, also with ZIP64 fields")
  func archiveLayout() throws {
    for limit in [Int(UInt32.max), 100] {
      let value: PickleValue = [
        "a": .tensor(StoredTensor(floats: .init(repeating: 3, count: 99), shape: [99])),
        "b": .tensor(StoredTensor(floats: [1, 2], shape: [2])),
      ]
      let bytes = try ArchiveWriter.write(value, to: MemorySink(), wideLimit: limit).bytes
      let archive = try ZipArchive(ByteBlock(copying: bytes))
      #expect(archive.names.first == "archive/data.pkl" && archive.names.count == 5)
      #expect(archive.records.values.allSatisfy { $0.range.lowerBound.isMultiple(of: 64) })
      let path = try folder.write(bytes, to: "wide.pth")
      #expect(try TorchObject.read(path)["a"]?.tensor?.floats().allSatisfy { $0 == 3 } == true)
    }
  }

  @Test("An unfinished file leaves the previous one and nothing else")
  func unfinished() throws {
    let path = folder.file("latest.txt")
    try AtomicFile.write(Array("old".utf8), to: path)
    do {
      var file = try AtomicFile(path: path)
      try file.append(Array("new".utf8))
    }
    #expect(folder.names == ["latest.txt"])
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
    #expect {
      try AtomicFile.write([1], to: folder.file("missing/x"))
    } throws: { error in
      "\(error)" == "\(folder.path)/missing/x: cannot write it: No such file or directory"
    }
  }

  @Test("Links move in one step; what dead writers left goes, what live ones write stays")
  func linksAndLeftovers() throws {
    for name in ["epoch_1.pth", "epoch_2.pth"] {
      try AtomicFile.write(Array(name.utf8), to: folder.file(name))
      try AtomicFile.link(folder.file("latest.pth"), to: name)
      #expect(
        try FileManager.default.destinationOfSymbolicLink(atPath: folder.file("latest.pth"))
          == name)
    }
    let own = ProcessInfo.processInfo.processIdentifier
    // Of a process that is gone, and of one that had this process's number before a restart.
    let leftovers = [".mmrazor-2147483646-1-1.tmp", ".mmrazor-\(own)-0-1.tmp"]
    for name in leftovers + ["notes.tmp"] { _ = try folder.write([0], to: name) }
    let pending = try AtomicFile(path: folder.file("epoch_3.pth"))
    #expect(Set(AtomicFile.removeLeftovers(in: folder.path)) == Set(leftovers))
    #expect(folder.names.count == 5)
    try pending.commit()
    #expect(folder.names.count == 5)
  }
}
