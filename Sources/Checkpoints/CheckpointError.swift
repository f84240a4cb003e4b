/// Why a checkpoint or pickle file could not be read or written.
public struct CheckpointError: Error, Hashable, CustomStringConvertible {
  /// The file it is about.
  public let path: String
  public let problem: Problem

  public init(path: String, problem: Problem) {
    self.path = path
    self.problem = problem
  }

  public enum Problem: Error, Hashable {
    /// The system refused an operation on the file; `reason` is the system's text.
    case system(operation: String, reason: String)
    /// The path names a folder, a device or a pipe.
    case notAFile(kind: String)
    case empty
    /// The content is of another kind than was asked for.
    case unrecognized(found: String)
    /// The data ends within `part`.
    case truncated(part: String)
    /// `part` contradicts the format.
    case malformed(part: String, detail: String)
    /// The bytes of a record do not add up to its recorded checksum.
    case checksum(record: String)
    case missingRecord(String)
    /// The pickle asks for a Python object that is not plain data.
    case forbiddenGlobal(String)
    /// Well-formed, but nothing this reader supports.
    case unsupported(String)
    /// A limit against runaway memory was reached.
    case excessive(String)
    /// A program of TorchScript instead of weights by name.
    case torchScript
    /// A pickled network instead of weights by name.
    case wholeModel(name: String)
    /// An entry that should be a tensor.
    case noTensor(entry: String, found: String)
    case noStateDict(entries: [String])
    case noEntriesWithPrefix(String)
  }

  public var description: String { "\(path): \(problem)" }
}

extension CheckpointError.Problem: CustomStringConvertible {
  public var description: String {
    switch self {
    case .system(let operation, let reason):
      "cannot \(operation): \(reason)"
    case .notAFile(let kind):
      "is \(kind), expected a file"
    case .empty:
      "the file is empty"
    case .unrecognized(let found):
      "is no PyTorch checkpoint; it looks like \(found)"
    case .truncated(let part):
      "the file is cut off within \(part)"
    case .malformed(let part, let detail):
      "the file is damaged: \(part): \(detail)"
    case .checksum(let record):
      "the file is damaged: the checksum of '\(record)' does not match its bytes"
    case .missingRecord(let record):
      "the file is damaged: the record '\(record)' is missing"
    case .forbiddenGlobal(let name):
      "refers to the Python object '\(name)', which is not plain data; nothing was executed"
    case .unsupported(let what):
      "\(what) is not supported"
    case .excessive(let what):
      "refused as unreasonable: \(what)"
    case .torchScript:
      "is a TorchScript archive, which holds a program; what is read here is its state dict, "
        + "saved by torch.save(model.state_dict(), …)"
    case .wholeModel(let name):
      "holds a whole model, an object of the class '\(name)'; what is read here is its state dict, "
        + "saved by torch.save(model.state_dict(), …)"
    case .noTensor(let entry, let found):
      "the entry '\(entry)' of the state dict is \(found), expected a plain tensor"
    case .noStateDict(let entries):
      "has no 'state_dict'"
        + (entries.isEmpty ? "" : "; its entries are: \(entries.joined(separator: ", "))")
    case .noEntriesWithPrefix(let prefix):
      "'\(prefix)' is not in the pretrained model: no key begins with '\(prefix).'"
    }
  }
}

/// Names the file in what `body` throws.
func naming<T: ~Copyable>(
  _ path: String, _ body: () throws(CheckpointError.Problem) -> T
) throws(CheckpointError) -> T {
  do {
    return try body()
  } catch {
    throw CheckpointError(path: path, problem: error)
  }
}
