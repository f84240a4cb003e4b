internal import Tensors

/// A file of weights: `torch.save`'s ZIP archive since PyTorch 1.6, its stream of pickles and raw
/// storages before that, its tar archive before 0.1.10, or safetensors.
struct TorchFile {
  typealias Problem = CheckpointError.Problem

  /// The kind of a file that begins as a legacy stream does and has no magic number.
  static let plainPickle = "a plain pickle"

  let block: ByteBlock
  let path: String

  init(_ block: ByteBlock, path: String) {
    self.block = block
    self.path = path
  }

  /// The saved object. Tensors stay views of the file until they are asked for.
  func object() throws(Problem) -> PickleValue {
    switch layout {
    case .archive: return try archiveObject()
    case .safetensors: return try Safetensors.object(of: block, path: path)
    case .tar: return try TarArchive(block).object(path: path)
    case .pickles: break
    }
    guard block.bytes.first == 0x80 else { throw .unrecognized(found: guess()) }
    let stream = try LegacyStream(block, path: path, allowsNestedFiles: true)
    return try stream.unpickler.freeze(stream.root)
  }

  enum Layout { case archive, pickles, tar, safetensors }

  /// The layout, as the first bytes tell it.
  var layout: Layout {
    if ZipArchive.begins(block) { return .archive }
    if Safetensors.begins(block) { return .safetensors }
    return TarArchive.begins(block) ? .tar : .pickles
  }

  /// The content of a file that holds nothing but a storage.
  func loneStorage() throws(Problem) -> PickleNode {
    guard block.bytes.first == 0x80 else {
      throw .malformed(part: "a nested file", detail: "not in the legacy layout")
    }
    let stream = try LegacyStream(block, path: path, allowsNestedFiles: false)
    guard case .storage = stream.unpickler.nodes[stream.root] else {
      throw .malformed(part: "a nested file", detail: "it holds no storage")
    }
    return stream.unpickler.nodes[stream.root]
  }

  private func archiveObject() throws(Problem) -> PickleValue {
    let archive = try ZipArchive(block)
    guard
      let pickleName = archive.names.first(where: { $0.hasSuffix("/data.pkl") || $0 == "data.pkl" })
    else { throw .unrecognized(found: Self.guess(archive.names)) }
    let lead = pickleName.dropLast("data.pkl".count)
    guard archive.records["\(lead)constants.pkl"] == nil else { throw .torchScript }
    if let order = archive.records["\(lead)byteorder"] {
      let (block, range) = try archive.content(of: order)
      guard block.bytes[range].elementsEqual("little".utf8) else {
        throw .unsupported("a file written on a big-endian machine")
      }
    }
    let pickle = try archive.record(pickleName)
    let (pickleBlock, pickleRange) = try archive.content(of: pickle)
    if let checksum = pickle.checksum {
      let bytes = UnsafeRawBufferPointer(rebasing: pickleBlock.bytes[pickleRange])
      guard CRC32.of(bytes) == checksum else { throw .checksum(record: pickleName) }
    }
    var storages: [String: StoredStorage] = [:]
    var unpickler = Unpickler(
      ByteCursor(pickleBlock, range: pickleRange, part: "'\(pickleName)'"), path: path,
      allowsNestedFiles: true
    ) { reference throws(Problem) in
      let record = try archive.record("\(lead)data/\(reference.key)")
      let size = record.unpackedCount ?? record.range.count
      guard reference.count * reference.elementBytes <= size else {
        throw .malformed(
          part: "'\(record.name)'", detail: "\(size) bytes for \(reference.count) elements")
      }
      if let known = storages[record.name] { return known }
      let (block, range) = try archive.content(of: record)
      let storage = StoredStorage(
        path: path, name: record.name, block: block, range: range, checksum: record.checksum)
      storages[record.name] = storage
      return storage
    }
    return try unpickler.value()
  }

  /// A guess at an archive of other records, for the message.
  private static func guess(_ names: [String]) -> String {
    let inner = names.first { name in [".pth", ".pt", ".ckpt"].contains { name.hasSuffix($0) } }
    return inner.map { "a ZIP archive around '\($0)', which is to be unpacked first" }
      ?? "a ZIP archive of something else"
  }

  /// A guess at a file that is no checkpoint, for the message.
  private func guess() -> String {
    let bytes = block.bytes
    func starts(_ text: String) -> Bool { bytes.starts(with: text.utf8) }
    if starts("version https://git-lfs") { return "a Git LFS pointer; fetch the real file" }
    if starts("<!DOCTYPE") || starts("<html") { return "a web page" }
    if bytes.starts(with: [0x1F, 0x8B]) { return "a gzip file" }
    if bytes.starts(with: [0x89, 0x48, 0x44, 0x46]) { return "an HDF5 file" }
    let sample = bytes.prefix(512)
    let isText = sample.allSatisfy { $0 >= 0x20 || (0x09...0x0D).contains($0) }
    return isText ? "a text file" : "binary data of another kind"
  }
}
