/// Whatever `torch.save` or `pickle.dump` wrote, with how it is stored.
public struct SavedFile {
  public enum Kind: Sendable {
    /// `torch.save` since PyTorch 1.6.
    case archive
    /// `torch.save` before that.
    case legacy
    /// `pickle.dump`
    case pickle
  }

  public let kind: Kind
  public let value: PickleValue
  /// The size of the file.
  public let byteCount: Int

  /// Reads a file; nothing in it is executed.
  public static func read(_ path: String) throws(CheckpointError) -> SavedFile {
    let block = try naming(path) { () throws(CheckpointError.Problem) in
      try ByteBlock(mapping: path)
    }
    let isArchive = ZipArchive.begins(block)
    do throws(CheckpointError.Problem) {
      return SavedFile(
        kind: isArchive ? .archive : .legacy,
        value: try TorchFile(block, path: path).object(), byteCount: block.bytes.count)
    } catch .unrecognized(found: TorchFile.plainPickle) {
      return SavedFile(
        kind: .pickle, value: try Pickle.read(path), byteCount: block.bytes.count)
    } catch {
      throw CheckpointError(path: path, problem: error)
    }
  }
}

extension StoredTensor {
  /// Compares the bytes behind the tensor with their checksum, where the file has one.
  public func verify() throws(CheckpointError) {
    try naming(storage.path) { () throws(CheckpointError.Problem) in
      try storage.withBytes { _ in }
    }
  }
}
