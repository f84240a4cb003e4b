public import Configs
import Foundation

/// A folder of config files, to be checked as a whole.
public struct ConfigFolder: Sendable {
  /// What came of loading one file.
  public struct Outcome: Sendable {
    /// The path of the file, as the folder's was given.
    public let file: String
    public let result: Result<LoadedConfig, ConfigFileError>
  }

  /// The `.py`, `.json`, `.yaml` and `.yml` files in the folder and the folders in it, sorted. Links to folders are not
  /// followed, so that a folder of bases that is linked into another counts once.
  public let files: [String]

  /// - Throws: ``Configs/ConfigFileError/notFound(file:includedFrom:)`` unless `path` is a folder.
  public init(_ path: String) throws(ConfigFileError) {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder),
      isFolder.boolValue, let names = FileManager.default.enumerator(atPath: path)
    else { throw .notFound(file: path, includedFrom: nil) }
    let prefix = path.hasSuffix("/") ? path : path + "/"
    files =
      names.compactMap { $0 as? String }
      .filter { name in [".py", ".json", ".yaml", ".yml"].contains { name.hasSuffix($0) } }
      .sorted()
      .map { prefix + $0 }
  }

  /// Loads the files one after another and hands each outcome on before the next.
  public func check(_ report: (Outcome) -> Void) {
    for file in files {
      let result: Result<LoadedConfig, ConfigFileError>
      do throws(ConfigFileError) {
        result = .success(try ConfigFile.load(file))
      } catch {
        result = .failure(error)
      }
      report(Outcome(file: file, result: result))
    }
  }
}
