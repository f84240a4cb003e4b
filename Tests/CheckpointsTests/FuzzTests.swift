import Foundation
import OrderedCollections
import Tensors
import Testing

@testable import Checkpoints

@Suite("Mutated files end in data or an error")
struct FuzzTests {
  /// How many mutations of each kind; `MMRAZOR_FUZZ_COUNT` asks for more.
  static let count =
    ProcessInfo.processInfo.environment["MMRAZOR_FUZZ_COUNT"].flatMap(Int.init) ?? 400

  enum Target: CaseIterable {
    case archive, archivedPickle, legacy, plainPickle, closed
  }

  @Test(arguments: Target.allCases)
  func mutations(target: Target) throws {
    var generator = Generator(seed: 20)
    let names =
      switch target {
      case .archive, .archivedPickle:
        ["tensors_zip.pth", "objects_zip.pth", "checkpoint_sgd_zip.pth"]
      case .legacy: ["tensors_legacy.pth", "objects_legacy.pth", "checkpoint_adam_legacy.pth"]
      case .closed:
        [
          "meta_zip.pth", "meta_legacy.pth", "tensors_legacy.pth", "deflated.pth", "old.pth.tar",
          "model_legacy.pth",
        ]
      case .plainPickle: ["objects_2.pkl", "objects_4.pkl", "objects_5.pkl", "search_epoch_1.pkl"]
      }
    let folder = target == .closed ? "closed" : "torch2.13"
    let files = try names.map {
      Array(try Data(contentsOf: URL(filePath: RecordedFiles.path(folder, $0))))
    }
    var (read, refused) = (0, 0)
    for _ in 0..<Self.count {
      let file = files[generator.integer(below: files.count)]
      do throws(CheckpointError.Problem) {
        let object: PickleValue
        switch target {
        case .archive, .legacy, .closed:
          let block = ByteBlock(copying: mutated(file, &generator))
          object = try TorchFile(block, path: "f").object()
        case .archivedPickle:
          object = try TorchFile(
            ByteBlock(copying: try repacked(file, &generator)), path: "f"
          ).object()
        case .plainPickle:
          let block = ByteBlock(copying: mutated(file, &generator))
          var unpickler = Unpickler(
            ByteCursor(block, part: "f"), path: "f", allowsNestedFiles: true, source: nil)
          object = try unpickler.value()
        }
        _ = object.description
        try open(object)
        for tensor in object.flattened().values {
          guard tensor.byteCount < 1 << 20 else { continue }
          _ = try tensor.compacted()
        }
        read += 1
      } catch {
        refused += 1
      }
    }
    #expect(read + refused == Self.count)
    #expect(refused > 0)
  }

  /// Opens the closed objects of the outer levels.
  private func open(_ value: PickleValue) throws(CheckpointError.Problem) {
    let inner: [PickleValue] =
      switch value {
      case .list(let items), .tuple(let items): items
      case .dict(let dictionary): Array(dictionary.items.values)
      default: []
      }
    for item in inner {
      if let object = item.closedObject {
        let content = try object.content()
        _ = content.state?.description
      } else {
        try open(item)
      }
    }
  }

  private func mutated(_ bytes: [UInt8], _ generator: inout Generator) -> [UInt8] {
    var result = bytes
    for _ in 0...generator.integer(below: 4) {
      let position = generator.integer(below: result.count)
      switch generator.integer(below: 6) {
      case 0: result[position] ^= 1 << UInt8(generator.integer(below: 8))
      case 1: result[position] = UInt8(generator.integer(below: 256))
      case 2: result[position] = [0, 0x7F, 0x80, 0xFF][generator.integer(below: 4)]
      case 3: result = Array(result.prefix(max(position, 1)))
      case 4:
        let count = min(generator.integer(below: 16), result.count - position)
        result.insert(contentsOf: result[position..<position + count], at: position)
      default:
        let end = min(position + generator.integer(below: 16), result.count - 1)
        result.removeSubrange(position..<max(end, position))
      }
    }
    return result
  }

  /// The archive with a mutated pickle under a fitting checksum.
  private func repacked(
    _ bytes: [UInt8], _ generator: inout Generator
  ) throws(CheckpointError.Problem) -> [UInt8] {
    let block = ByteBlock(copying: bytes)
    let archive = try ZipArchive(block)
    var zip = ZipWriter(MemorySink())
    for name in archive.names {
      let record = try archive.record(name)
      var content = Array(block.bytes[record.range])
      if name.hasSuffix("data.pkl") { content = mutated(content, &generator) }
      let copy = ByteBlock(copying: content)
      try zip.add(name, copy.bytes)
      withExtendedLifetime(copy) {}
    }
    return try zip.finish().bytes
  }
}
