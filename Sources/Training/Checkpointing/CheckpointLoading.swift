public import Checkpoints
internal import Foundation
public import Logging
public import NN

/// How much of a model a checkpoint must fill.
public enum LoadRequirement: Sendable {
  /// At least one entry: starting a run from other weights.
  case anyEntry
  /// Every entry of the model, in its shape: testing, searching, resuming. The checkpoint may
  /// hold more.
  case everyEntry
}

/// Reads a checkpoint into a model, and logs what does not fit, in mmcv's words.
///
/// - Parameters:
///   - prefix: only what lies below this module of the file's model is used, named from there.
///   - adapt: changes the file's state before it is fitted to the model.
/// - Returns: the whole checkpoint, for its meta.
/// - Throws: ``TrainingError/missingCheckpoint(path:)``,
///   ``TrainingError/unsuitableCheckpoint(path:report:)`` when less fits than is required (the
///   model may be changed in part then), or `CheckpointError` for a damaged file.
@discardableResult
public func loadCheckpoint(
  _ path: String, into model: Module, prefix: String? = nil,
  requiring requirement: LoadRequirement, logger: Logger,
  adapting adapt: (StateDict) -> StateDict = { $0 }
) throws -> Checkpoint {
  let path = (path as NSString).expandingTildeInPath
  guard FileManager.default.fileExists(atPath: path) else {
    throw TrainingError.missingCheckpoint(path: path)
  }
  if let prefix {
    logger.info("load \(prefix) in model from: \(path)")
  } else {
    logger.info("load checkpoint from local path: \(path)")
  }
  let checkpoint = try Checkpoint.read(path)
  let stateDict =
    try prefix.map { prefix throws(CheckpointError) in
      try checkpoint.stateDict.selecting(prefix: prefix, from: path)
    } ?? checkpoint.stateDict
  let report = try model.load(adapt(stateDict))
  let isEnough =
    switch requirement {
    case .anyEntry: !report.applied.isEmpty
    case .everyEntry: report.essentialMissing.isEmpty && report.mismatched.isEmpty
    }
  guard isEnough else {
    throw TrainingError.unsuitableCheckpoint(path: path, report: report.summary)
  }
  if report.keyFit != .asTheyAre { logger.info("\(path): \(report.keyFit)") }
  if let warning = report.warning { logger.warning("\(warning)") }
  return checkpoint
}

extension LoadReport {
  /// What does not fit, short enough for a terminal.
  var summary: String {
    func list(_ names: [String]) -> String {
      let shown = names.prefix(5).joined(separator: ", ")
      return names.count > 5 ? "\(shown), … (\(names.count) in all)" : shown
    }
    var lines = mismatched.prefix(5).map {
      "size mismatch for \($0.name): \($0.inCheckpoint) in the checkpoint, "
        + "\($0.inModel) in the model"
    }
    if mismatched.count > 5 { lines.append("… (\(mismatched.count) size mismatches in all)") }
    if !reportedMissing.isEmpty {
      lines.append("missing in the checkpoint: \(list(reportedMissing))")
    }
    if !unexpected.isEmpty { lines.append("unknown to the model: \(list(unexpected))") }
    return lines.joined(separator: "\n")
  }
}
