internal import Checkpoints
public import Configs
internal import Foundation
internal import OrderedCollections

/// Which checkpoint a run goes on from, and with which seed.
public enum ResumeSource {
  /// The checkpoint of `resume_from`, or with `auto_resume` the newest one in the run's folder.
  public static func path(_ config: Config, workDirectory: String) throws -> String? {
    if let entry = config["resume_from"],
      let path = try String?(config: entry, path: "resume_from"), !path.isEmpty
    {
      return path
    }
    guard let entry = config["auto_resume"],
      try Bool?(config: entry, path: "auto_resume") == true
    else { return nil }
    return latestCheckpoint(in: workDirectory)
  }

  /// `latest.pth`, or else the checkpoint with the highest number in its name.
  public static func latestCheckpoint(in directory: String) -> String? {
    let latest = OutputDirectory.join(directory, "latest.pth")
    if FileManager.default.fileExists(atPath: latest) { return latest }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    let numbered = names.compactMap { name -> (number: Int, name: String)? in
      guard name.hasSuffix(".pth"), let part = name.dropLast(4).split(separator: "_").last,
        let number = Int(part)
      else { return nil }
      return (number, name)
    }
    return numbered.max { ($0.number, $0.name) < ($1.number, $1.name) }
      .map { OutputDirectory.join(directory, $0.name) }
  }

  /// The seed of a run: the one asked for, or else that of the checkpoint the run goes on from,
  /// or else a random one.
  public static func seed(requested: Int?, resumingFrom path: String?) throws -> Int {
    if let requested { return requested }
    if let path {
      let path = (path as NSString).expandingTildeInPath
      guard FileManager.default.fileExists(atPath: path) else {
        throw TrainingError.missingCheckpoint(path: path)
      }
      let meta = try Checkpoint.read(path).meta
      if let seed = meta[ResumePoint.key]?["seed"]?.integer ?? meta["seed"]?.integer { return seed }
    }
    return Int.random(in: 0..<(1 << 31))
  }
}
