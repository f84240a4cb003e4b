public import Tensors

/// How the entries of a state dict and those of a model fit together.
public struct LoadReport: Equatable, Sendable {
  /// Entries of the model that got their value.
  public var applied: [String] = []
  /// Entries of the model that the state dict lacks.
  public var missing: [String] = []
  /// Entries of the state dict that the model lacks.
  public var unexpected: [String] = []
  public var mismatched: [Mismatch] = []
  /// How the keys of the file became the model's.
  public var keyFit = KeyFit.asTheyAre

  public struct Mismatch: Equatable, Sendable {
    public let name: String
    public let inCheckpoint: Shape
    public let inModel: Shape
  }

  public init() {}

  /// What mmcv complains about: counters of batch normalisation may be missing.
  public var reportedMissing: [String] {
    missing.filter { !$0.contains("num_batches_tracked") }
  }

  /// What a model cannot do without: the masks of a pruner are made anew where they are missing.
  public var essentialMissing: [String] {
    reportedMissing.filter { name in
      !["in_mask", "out_mask"].contains { name == $0 || name.hasSuffix(".\($0)") }
    }
  }

  /// Whether there is nothing to complain about.
  public var isExact: Bool {
    mismatched.isEmpty && unexpected.isEmpty && reportedMissing.isEmpty
  }

  /// The text that mmcv's `load_state_dict` prints; nil when all fits.
  public var warning: String? {
    guard !isExact else { return nil }
    var lines = ["The model and loaded state dict do not match exactly\n"]
    lines += mismatched.map {
      "size mismatch for \($0.name): copying a param with shape torch.Size(\($0.inCheckpoint)) "
        + "from checkpoint, the shape in current model is torch.Size(\($0.inModel))."
    }
    if !unexpected.isEmpty {
      lines.append(
        "unexpected key in source state_dict: \(unexpected.joined(separator: ", "))\n")
    }
    if !reportedMissing.isEmpty {
      lines.append(
        "missing keys in source state_dict: \(reportedMissing.joined(separator: ", "))\n")
    }
    return lines.joined(separator: "\n")
  }
}
