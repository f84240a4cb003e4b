public import Foundation

/// The recorded values of the original, in `Tests/Fixtures`.
public enum Fixtures {
  /// The folder with one subfolder per topic.
  public static var folder: URL {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Fixtures")
  }

  public static func url(_ path: String) -> URL {
    folder.appending(path: path)
  }

  /// The bytes of a fixture by its path within the folder.
  public static func data(_ path: String) throws -> Data {
    try Data(contentsOf: folder.appending(path: path))
  }

  /// A JSON fixture; its snake case keys are read into camel case properties.
  public static func json<T: Decodable>(_ path: String, as type: T.Type = T.self) throws -> T {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(T.self, from: data(path))
  }

  /// A fixture of tensors.
  public static func tensors(_ path: String) throws -> SafetensorsFile {
    try SafetensorsFile(folder.appending(path: path))
  }
}
