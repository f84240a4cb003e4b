internal import Tensors

/// The Python objects a pickle may name. Each stands for data; none is ever called.
enum PickleGlobal: Equatable {
  case dict, orderedDict, defaultDict, counter
  case list, tuple, set, frozenSet
  case bytes, byteArray, int, float, bool, string
  case encode
  case rebuildTensor, rebuildTensorV2, rebuildTensorV3, rebuildParameter
  case rebuildParameterWithState, rebuildFromType
  case loadFromBytes
  case tensorClass, parameterClass
  /// A typed storage; nil for `UntypedStorage`, whose elements are bytes.
  case storage(DType?)
  case dtype(String)
  case size, device
  case numpyScalar, numpyReconstruct, numpyFromBuffer, numpyArrayClass, numpyDType

  /// - Throws: when the name is not on the list.
  init(module: String, name: String) throws(CheckpointError.Problem) {
    let path = "\(module).\(name)"
    if let global = Self.table[path] {
      self = global
    } else if module == "torch", let dtype = Self.dtypes[name] {
      self = .dtype(dtype)
    } else if Self.unsupportedStorages.contains(path) {
      throw .unsupported("the element type of '\(path)'")
    } else {
      throw .forbiddenGlobal(path)
    }
  }

  /// `__builtin__` is Python 2's name, which pickles of protocol 2 still use; numpy 2 moved
  /// `numpy.core` to `numpy._core`.
  private static let table: [String: PickleGlobal] = {
    var table: [String: PickleGlobal] = [
      "collections.OrderedDict": .orderedDict,
      "collections.defaultdict": .defaultDict,
      "collections.Counter": .counter,
      "_codecs.encode": .encode,
      "mmcv.utils.config.ConfigDict": .dict,
      "addict.addict.Dict": .dict,
      "torch._utils._rebuild_tensor": .rebuildTensor,
      "torch._utils._rebuild_tensor_v2": .rebuildTensorV2,
      "torch._utils._rebuild_tensor_v3": .rebuildTensorV3,
      "torch._utils._rebuild_parameter": .rebuildParameter,
      "torch._utils._rebuild_parameter_with_state": .rebuildParameterWithState,
      "torch._tensor._rebuild_from_type_v2": .rebuildFromType,
      "torch.storage._load_from_bytes": .loadFromBytes,
      "torch.Tensor": .tensorClass,
      "torch.tensor.Tensor": .tensorClass,
      "torch._tensor.Tensor": .tensorClass,
      "torch.nn.parameter.Parameter": .parameterClass,
      "torch.storage.UntypedStorage": .storage(nil),
      "torch.UntypedStorage": .storage(nil),
      "torch.Size": .size,
      "torch.device": .device,
      "numpy.ndarray": .numpyArrayClass,
      "numpy.dtype": .numpyDType,
    ]
    for module in ["builtins", "__builtin__"] {
      table["\(module).dict"] = .dict
      table["\(module).list"] = .list
      table["\(module).tuple"] = .tuple
      table["\(module).set"] = .set
      table["\(module).frozenset"] = .frozenSet
      table["\(module).bytes"] = .bytes
      table["\(module).bytearray"] = .byteArray
      table["\(module).int"] = .int
      table["\(module).long"] = .int
      table["\(module).float"] = .float
      table["\(module).bool"] = .bool
      table["\(module).str"] = .string
    }
    for module in ["numpy.core", "numpy._core"] {
      table["\(module).multiarray.scalar"] = .numpyScalar
      table["\(module).multiarray._reconstruct"] = .numpyReconstruct
      table["\(module).numeric._frombuffer"] = .numpyFromBuffer
    }
    for (name, dtype) in storageNames {
      table["torch.\(name)"] = .storage(dtype)
      table["torch.cuda.\(name)"] = .storage(dtype)
    }
    return table
  }()

  private static let storageNames: [(String, DType)] = [
    ("DoubleStorage", .float64), ("FloatStorage", .float32), ("HalfStorage", .float16),
    ("BFloat16Storage", .bfloat16), ("LongStorage", .int64), ("IntStorage", .int32),
    ("ShortStorage", .int16), ("CharStorage", .int8), ("ByteStorage", .uint8),
    ("BoolStorage", .bool),
  ]

  private static let unsupportedStorages: Set<String> = [
    "torch.ComplexFloatStorage", "torch.ComplexDoubleStorage", "torch.QInt8Storage",
    "torch.QInt32Storage", "torch.QUInt8Storage", "torch.QUInt4x2Storage",
    "torch.QUInt2x4Storage", "torch._utils._rebuild_qtensor",
    "torch._utils._rebuild_sparse_tensor", "torch._utils._rebuild_sparse_csr_tensor",
    "torch._utils._rebuild_meta_tensor_no_storage",
  ]

  /// Spellings of element types, with the names PyTorch prints.
  private static let dtypes: [String: String] = {
    var names = [
      "double": "float64", "float": "float32", "half": "float16", "long": "int64",
      "int": "int32", "short": "int16", "complex32": "complex32", "complex64": "complex64",
      "complex128": "complex128", "quint8": "quint8", "qint8": "qint8", "qint32": "qint32",
    ]
    for dtype in DType.allCases { names[dtype.rawValue] = dtype.rawValue }
    return names
  }()

  /// How PyTorch names the storage of an element type.
  static func storageName(of dtype: DType) -> String {
    switch dtype {
    case .float64: "DoubleStorage"
    case .float32: "FloatStorage"
    case .float16: "HalfStorage"
    case .bfloat16: "BFloat16Storage"
    case .int64: "LongStorage"
    case .int32: "IntStorage"
    case .int16: "ShortStorage"
    case .int8: "CharStorage"
    case .uint8: "ByteStorage"
    case .bool: "BoolStorage"
    }
  }
}
