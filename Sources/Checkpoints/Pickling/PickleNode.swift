internal import Tensors

/// An object under construction. Objects refer to each other by their index in the unpickler, so
/// neither cycles nor deep nesting cost anything before ``Unpickler`` looks for them.
enum PickleNode {
  /// Whatever cannot change any more.
  case leaf(PickleValue)
  case list([Int])
  case tuple([Int])
  case set([Int])
  case dict(Dict)
  case global(PickleGlobal)
  case storage(StoredStorage, DType?, elementOffset: Int)
  case numpyDType(String)
  /// A numpy array before its state is known.
  case emptyArray

  struct Dict {
    var kind = PickleDictionary.Kind.plain
    /// Keys and values in turn.
    var items: [Int] = []
    var attributes: Int?
  }
}

/// How a pickle refers to a storage that lies outside it.
struct StorageReference {
  let dtype: DType?
  let key: String
  /// In elements of `dtype`.
  let count: Int
  /// The legacy layout may name a part of the storage: key, offset and count in elements.
  let view: (key: String, offset: Int, count: Int)?

  var elementBytes: Int { dtype?.byteCount ?? 1 }
}
