internal import Configs
internal import Foundation
internal import RemoteFiles
internal import SearchSpaces

extension AlgorithmContext {
  /// Reads the subnet that `mutable_cfg` names.
  ///
  /// - Parameter path: the place of the key, for messages.
  /// - Throws: `ConfigError` with the key's path and what is wrong with the file.
  func subnet(at location: String, path: ConfigPath) throws -> (subnet: Subnet, file: String) {
    do {
      let file = try files.file(at: location).path
      return (try Subnet(contentsOf: file), file)
    } catch {
      throw ConfigError.invalidValue(path: path, message: "\(error)")
    }
  }
}
