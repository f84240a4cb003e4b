internal import Checkpoints
internal import Foundation

/// The folder of a run.
public enum WorkDirectory {
  /// Makes the folder if it is missing, checks that files can be written there, and removes the
  /// unfinished files of runs that were killed.
  ///
  /// - Returns: its absolute path.
  /// - Throws: ``TrainingError/unwritable(path:reason:)``
  public static func prepare(_ path: String) throws(TrainingError) -> String {
    let expanded = (path as NSString).expandingTildeInPath
    let absolute = URL(fileURLWithPath: expanded).standardizedFileURL.path
    try OutputDirectory.create(absolute)
    guard access(absolute, W_OK | X_OK) == 0 else {
      throw .unwritable(path: absolute, reason: String(cString: strerror(errno)))
    }
    AtomicFile.removeLeftovers(in: absolute)
    return absolute
  }
}
