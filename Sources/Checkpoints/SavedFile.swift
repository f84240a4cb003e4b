/// Whatever `torch.save` or `pickle.dump` wrote, with how it is stored.
public struct SavedFile {
  public enum Kind: Sendable {
    /// `torch.save` since PyTorch 1.6.
    case archive
    /// `torch.save` before that.
    case legacy
    /// `torch.save` before PyTorch 0.1.10.
    case tar
    case safetensors
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
    let file = TorchFile(block, path: path)
    let kind: Kind =
      switch file.layout {
      case .archive: .archive
      case .pickles: .legacy
      case .tar: .tar
      case .safetensors: .safetensors
      }
    do throws(CheckpointError.Problem) {
      return SavedFile(kind: kind, value: try file.object(), byteCount: block.bytes.count)
    } catch .unrecognized(let found) {
      // Pickles of protocols 0 and 1 begin with no mark; what does not read as one is none.
      let value: PickleValue
      do throws(CheckpointError.Problem) {
        value = try Pickle.object(of: block, path: path)
      } catch {
        throw CheckpointError(
          path: path,
          problem: found == TorchFile.plainPickle ? error : .unrecognized(found: found))
      }
      return SavedFile(
        kind: .pickle, value: value, byteCount: block.bytes.count)
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
