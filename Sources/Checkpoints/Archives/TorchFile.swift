internal import Tensors

/// What `torch.save` wrote: a ZIP archive since PyTorch 1.6, a stream of pickles and raw storages
/// before that.
struct TorchFile {
  typealias Problem = CheckpointError.Problem

  /// What a file is taken for that begins as a legacy stream does and has no magic number.
  static let plainPickle = "a plain pickle"

  let block: ByteBlock
  let path: String

  init(_ block: ByteBlock, path: String) {
    self.block = block
    self.path = path
  }

  /// The saved object. Tensors stay views of the file until they are asked for.
  func object() throws(Problem) -> PickleValue {
    if ZipArchive.begins(block) { return try archiveObject() }
    guard block.bytes.first == 0x80 else { throw .unrecognized(found: guess()) }
    let stream = try LegacyStream(block, path: path, allowsNestedFiles: true)
    return try stream.unpickler.freeze(stream.root)
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
    guard let pickleName = archive.names.first(where: { $0.hasSuffix("/data.pkl") }) else {
      throw .unrecognized(found: "a ZIP archive of something else")
    }
    let lead = pickleName.dropLast("data.pkl".count)
    guard archive.records["\(lead)constants.pkl"] == nil else {
      throw .unsupported("a TorchScript archive")
    }
    if let order = archive.records["\(lead)byteorder"] {
      guard block.bytes[order.range].elementsEqual("little".utf8) else {
        throw .unsupported("a file written on a big-endian machine")
      }
    }
    let pickle = try archive.record(pickleName)
    if let checksum = pickle.checksum {
      let bytes = UnsafeRawBufferPointer(rebasing: block.bytes[pickle.range])
      guard CRC32.of(bytes) == checksum else { throw .checksum(record: pickleName) }
    }
    var storages: [String: StoredStorage] = [:]
    var unpickler = Unpickler(
      ByteCursor(block, range: pickle.range, part: "'\(pickleName)'"), path: path,
      allowsNestedFiles: true
    ) { reference throws(Problem) in
      let record = try archive.record("\(lead)data/\(reference.key)")
      guard reference.count * reference.elementBytes <= record.range.count else {
        throw .malformed(
          part: "'\(record.name)'",
          detail: "\(record.range.count) bytes for \(reference.count) elements")
      }
      if let known = storages[record.name] { return known }
      let storage = StoredStorage(
        path: path, name: record.name, block: block, range: record.range,
        checksum: record.checksum)
      storages[record.name] = storage
      return storage
    }
    return try unpickler.value()
  }

  /// What a file that is no checkpoint may be, for the message.
  private func guess() -> String {
    let bytes = block.bytes
    func starts(_ text: String) -> Bool { bytes.starts(with: text.utf8) }
    if starts("version https://git-lfs") { return "a Git LFS pointer; fetch the real file" }
    if starts("<!DOCTYPE") || starts("<html") { return "a web page" }
    if bytes.starts(with: [0x1F, 0x8B]) { return "a gzip file" }
    if bytes.starts(with: [0x89, 0x48, 0x44, 0x46]) { return "an HDF5 file" }
    if bytes.count > 262, bytes[257..<262].elementsEqual("ustar".utf8) {
      return "a tar file, the layout of PyTorch before 0.1.10"
    }
    let sample = bytes.prefix(512)
    let isText = sample.allSatisfy { $0 >= 0x20 || (0x09...0x0D).contains($0) }
    return isText ? "a text file" : "binary data of another kind"
  }
}
