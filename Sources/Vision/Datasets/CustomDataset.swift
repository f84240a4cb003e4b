internal import Annotations
internal import Configs
public import Tensors

/// Pictures in files: either a folder per class, or an annotation file that lists file and label.
///
/// Upstream's `CustomDataset`, and with its fixed extensions and classes `ImageNet`.
public struct CustomDataset: LabelledDataset {
  public let classes: [String]
  public let labels: [Int]
  public let skipsCorrupt: Bool
  /// The folder that file names are relative to.
  public let folder: String

  private let files: [String]
  private let pipeline: Pipeline

  public var count: Int { files.count }

  public func sample(
    at index: Int, generator: inout Generator
  ) throws(VisionError) -> Sample {
    precondition(files.indices.contains(index), "sample \(index) of \(files.count)")
    let sample = Sample(
      index: index, file: Folders.joined(folder, files[index]), originalFile: files[index],
      annotation: ImageAnnotation(label: labels[index]))
    return try pipeline(sample, generator: &generator)
  }
}

extension CustomDataset {
  /// What differs between the data sets that are made of files.
  struct Kind: Sendable {
    let name: String
    /// The classes where the config names none.
    let classes: [String]?
    /// Whether the config may choose file extensions.
    let readsExtensions: Bool

    static let custom = Kind(name: "CustomDataset", classes: nil, readsExtensions: true)
    static let imageNet = Kind(
      name: "ImageNet", classes: ImageNetClasses.names, readsExtensions: false)
  }

  private static let defaultExtensions = [
    ".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif",
  ]

  /// Reads the fields of the config and lists the files.
  ///
  /// - Throws: `ConfigError`, or ``VisionError`` when folders and files are not as the config says.
  init(_ reader: inout ConfigReader, _ context: VisionContext, kind: Kind) throws {
    let path = reader.path
    let prefix: String? = try reader.readIfPresent("data_prefix")
    folder = Folders.expanded(prefix ?? "")
    let transforms: [Config] = try reader.read("pipeline", default: [])
    pipeline = try Pipeline(
      transforms, path: path.appending("pipeline"), scope: reader.scope, context: context)
    let named = try Self.readClasses(&reader) ?? kind.classes
    let annotationFile: String? = try reader.readIfPresent("ann_file")
    let extensions: [String] =
      kind.readsExtensions
      ? try reader.read("extensions", default: Self.defaultExtensions) : Self.defaultExtensions
    _ = try reader.read("test_mode", default: context.isTesting)
    try reader.readFileClient()
    skipsCorrupt = try reader.read("skip_corrupt", default: false)

    guard folder.isEmpty || Folders.isFolder(folder) else {
      throw VisionError.missingFolder(path: path.appending("data_prefix"), folder: folder)
    }
    let list: ImageList
    if let annotationFile = annotationFile.map(Folders.expanded) {
      let place = path.appending("ann_file")
      guard Folders.isFile(annotationFile) else {
        guard !Folders.isFolder(annotationFile) else {
          throw VisionError.notAFile(path: place, folder: annotationFile)
        }
        throw VisionError.missingFile(path: place, file: annotationFile)
      }
      list = try ImageList(
        annotationFile: annotationFile, classCount: named?.count, path: place)
      guard let last = list.entries.map(\.label).max() else {
        throw VisionError.emptyAnnotations(path: place, file: annotationFile)
      }
      classes = named ?? (0...last).map(String.init)
    } else {
      guard prefix != nil else { throw ConfigError.missingKey(path: path, key: "data_prefix") }
      let scan = try ImageList.Scan(folder: folder, extensions: extensions.map { $0.lowercased() })
      list = scan.list
      if !scan.leftOut.isEmpty {
        let kinds = scan.leftOut.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        context.warn(
          "\(path.appending("data_prefix")): images in '\(folder)' are left out for their "
            + "extension: \(kinds.joined(separator: ", ")); "
            + (kind.readsExtensions ? "name it in 'extensions'" : "list them in an 'ann_file'"))
      }
      guard !list.entries.isEmpty else {
        throw VisionError.emptyFolder(
          path: path.appending("data_prefix"), folder: folder, extensions: extensions)
      }
      classes = named ?? scan.folders
      guard classes.count == scan.folders.count else {
        throw VisionError.classCountMismatch(
          path: path, dataset: kind.name, folder: folder, folders: scan.folders.count,
          classes: classes.count)
      }
      if !scan.empty.isEmpty {
        context.warn(
          "\(path.appending("data_prefix")): Found no valid file in the folder "
            + "\(scan.empty.joined(separator: ", ")). Supported extensions are: "
            + extensions.joined(separator: ", "))
      }
    }
    files = list.entries.map(\.file)
    labels = list.entries.map(\.label)
  }

  /// Reads `classes`: names, or the path of a file with a name per line.
  private static func readClasses(_ reader: inout ConfigReader) throws -> [String]? {
    guard let value: Config = try reader.readIfPresent("classes") else { return nil }
    let path = reader.path.appending("classes")
    guard let file = value.text.map(Folders.expanded) else {
      guard value.items != nil else {
        throw ConfigError.wrongType(
          path: path, expected: "list of names or path of a file", found: value.kindName)
      }
      // Names may be numbers: classes=[0,1,2].
      return try (value.items ?? []).enumerated().map { index, item in
        if case .int(let number) = item { return "\(number)" }
        return try String(config: item, path: path.appending(index))
      }
    }
    guard Folders.isFile(file) else { throw VisionError.missingFile(path: path, file: file) }
    return try TextFile.lines(of: file)
  }
}
