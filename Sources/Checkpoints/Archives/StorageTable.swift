internal import Tensors

/// The storages of a file being written, each once.
///
/// A tensor that is a dense arrangement of its whole storage is written as it lies, shared with
/// other tensors of the same memory. Any other view is written as a compact storage of its own,
/// so that a slice does not drag the full storage along.
final class StorageTable {
  struct Entry {
    let key: String
    let dtype: DType
    /// In elements.
    let count: Int
    fileprivate let tensor: StoredTensor
    fileprivate let isWhole: Bool

    var byteCount: Int { count * dtype.byteCount }
  }

  /// What a tensor is in terms of its written storage.
  struct View {
    let entry: Entry
    let offset: Int
    let strides: [Int]
  }

  private struct Identity: Hashable {
    let address: UInt?
    let byteCount: Int
    let dtype: DType
    /// Nil for whole storages.
    let slice: [[Int]]?
  }

  private(set) var entries: [Entry] = []
  private var known: [Identity: Int] = [:]

  func add(_ tensor: StoredTensor) -> View {
    let isWhole = tensor.coversStorage
    let identity = Identity(
      address: tensor.storage.address, byteCount: tensor.storage.byteCount, dtype: tensor.dtype,
      slice: isWhole ? nil : [[tensor.offset], tensor.shape.dimensions, tensor.strides])
    let index: Int
    if let found = known[identity], tensor.byteCount > 0 {
      index = found
    } else {
      index = entries.count
      entries.append(
        Entry(
          key: "\(index)", dtype: tensor.dtype, count: tensor.shape.count, tensor: tensor,
          isWhole: isWhole))
      known[identity] = index
    }
    return View(
      entry: entries[index], offset: 0,
      strides: isWhole && tensor.shape.count > 0
        ? tensor.strides : StoredTensor.strides(of: tensor.shape, .rowMajor))
  }

  /// Calls `body` with the bytes of a storage as they are to be written.
  func withBytes<T>(
    of entry: Entry, _ body: (UnsafeRawBufferPointer) throws(CheckpointError.Problem) -> T
  ) throws(CheckpointError.Problem) -> T {
    let outcome: Result<T, CheckpointError.Problem>
    if entry.isWhole {
      outcome = try entry.tensor.storage.withBytes { bytes in
        Result { () throws(CheckpointError.Problem) in try body(bytes) }
      }
    } else {
      let block = try entry.tensor.compacted()
      outcome = withExtendedLifetime(block) {
        Result { () throws(CheckpointError.Problem) in try body(block.bytes) }
      }
    }
    return try outcome.get()
  }
}
