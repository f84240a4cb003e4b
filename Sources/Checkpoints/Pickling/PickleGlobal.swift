internal import Tensors

/// The Python objects that a pickle names. Each stands for data; none is ever called.
enum PickleGlobal: Equatable {
  case dict, orderedDict, defaultDict, counter
  case list, tuple, set, frozenSet
  case bytes, byteArray, int, float, bool, string
  case deque, complex, decimal, path, date, time, dateTime, timeDelta
  case encode
  case rebuildTensor, rebuildTensorV2, rebuildTensorV3, rebuildParameter
  case rebuildParameterWithState, rebuildFromType
  case loadFromBytes
  case tensorClass, parameterClass
  case storage(StorageType)
  case dtype(String)
  case size, device
  case numpyScalar, numpyReconstruct, numpyFromBuffer, numpyArrayClass, numpyDType
  /// `copyreg._reconstructor(class, base, content)`: how protocols 0 and 1 make objects.
  case reconstructor
  /// A class or function that this reader does not know.
  case other(String)

  init(module: String, name: String) {
    let path = "\(module).\(name)"
    if let global = Self.table[path] {
      self = global
    } else if module == "torch", let dtype = Self.dtypes[name] {
      self = .dtype(dtype)
    } else {
      self = .other(path)
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
      "collections.deque": .deque,
      "decimal.Decimal": .decimal,
      "_decimal.Decimal": .decimal,
      "datetime.date": .date,
      "datetime.time": .time,
      "datetime.datetime": .dateTime,
      "datetime.timedelta": .timeDelta,
      "copyreg._reconstructor": .reconstructor,
      "copy_reg._reconstructor": .reconstructor,
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
      "torch.storage.UntypedStorage": .storage(.untyped),
      "torch.storage._UntypedStorage": .storage(.untyped),
      "torch.UntypedStorage": .storage(.untyped),
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
      table["\(module).unicode"] = .string
      table["\(module).complex"] = .complex
    }
    // Kinds of dicts whose entries are all there is to them.
    for name in [
      "mmcv.utils.config.ConfigDict", "mmengine.config.config.ConfigDict", "addict.addict.Dict",
      "yacs.config.CfgNode", "fvcore.common.config.CfgNode", "detectron2.config.config.CfgNode",
      "easydict.EasyDict", "munch.Munch", "attrdict.dictionary.AttrDict", "box.box.Box",
    ] {
      table[name] = .dict
    }
    for module in ["pathlib", "pathlib._local"] {
      for kind in ["", "Pure"] {
        for system in ["Path", "PosixPath", "WindowsPath"] {
          table["\(module).\(kind)\(system)"] = .path
        }
      }
    }
    for module in ["numpy.core", "numpy._core"] {
      table["\(module).multiarray.scalar"] = .numpyScalar
      table["\(module).multiarray._reconstruct"] = .numpyReconstruct
      table["\(module).numeric._frombuffer"] = .numpyFromBuffer
    }
    for type in storageTypes {
      table["torch.\(type.name)"] = .storage(type)
      table["torch.cuda.\(type.name)"] = .storage(type)
    }
    return table
  }()

  /// The last ones have no counterpart here.
  private static let storageTypes: [StorageType] =
    DType.allCases.map {
      StorageType(name: storageName(of: $0), dtype: $0, elementBytes: $0.byteCount)
    }
    + [
      ("ComplexFloatStorage", 8), ("ComplexDoubleStorage", 16), ("QInt8Storage", 1),
      ("QUInt8Storage", 1), ("QInt32Storage", 4), ("QUInt4x2Storage", 1), ("QUInt2x4Storage", 1),
    ].map { StorageType(name: $0, dtype: nil, elementBytes: $1) }

  /// One of the names on the list.
  static func path(of global: PickleGlobal) -> String {
    table.filter { $0.value == global }.map(\.key).min() ?? "\(global)"
  }

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
