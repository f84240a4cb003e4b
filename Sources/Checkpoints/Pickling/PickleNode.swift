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
  indirect case object(Object)
  case storage(StoredStorage, StorageType, elementOffset: Int)
  case numpyDType(String)
  /// A numpy array before its state is known.
  case emptyArray

  struct Dict {
    var kind = PickleDictionary.Kind.plain
    /// Keys and values in turn.
    var items: [Int] = []
    var attributes: Int?
  }

  /// An object of a class that this reader does not know, or the result of a function.
  struct Object {
    /// The class or function: `argparse.Namespace`.
    let name: String
    /// The arguments that the class or function would be called with.
    var arguments: [Int] = []
    /// The state that Python would hand to the new object.
    var state: Int?
    /// Elements of an object that is a kind of list or set.
    var elements: [Int] = []
    /// Keys and values in turn, of an object that is a kind of dict.
    var entries: [Int] = []
  }
}

/// The element type of a storage.
struct StorageType: Equatable {
  /// The class of the storage, without `torch.`: `FloatStorage`.
  let name: String
  /// Nil for `UntypedStorage`, whose elements are bytes, and for types that only PyTorch has.
  let dtype: DType?
  let elementBytes: Int

  static let untyped = StorageType(name: "UntypedStorage", dtype: nil, elementBytes: 1)

  /// Whether the elements are of a type that only PyTorch has.
  var isForeign: Bool { dtype == nil && self != .untyped }
}

/// How a pickle refers to a storage that lies outside it.
struct StorageReference {
  let type: StorageType
  let key: String
  /// In elements of `type`.
  let count: Int
  /// The legacy layout may name a part of the storage: key, offset and count in elements.
  let view: (key: String, offset: Int, count: Int)?

  var elementBytes: Int { type.elementBytes }
}
