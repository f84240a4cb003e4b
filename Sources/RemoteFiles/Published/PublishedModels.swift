/// Weights that are published under short names, as configs of mmcv call them:
/// `torchvision://resnet50`, `open-mmlab://resnet50_v1c`, `mmcls://vgg16`.
public struct PublishedModels: Sendable {
  /// What most of the URLs begin with.
  let lead: String
  /// A name and the rest of its URL, or all of it, on each line.
  let table: String

  /// The URL that `location` stands for; a location without a scheme of names stands for itself.
  ///
  /// - Throws: ``RemoteFileError/unknownName(location:similar:)``, or
  ///   ``RemoteFileError/unsupportedScheme(location:)`` for a storage that is not at hand.
  public static func location(of location: String) throws(RemoteFileError) -> String {
    guard let mark = location.firstRange(of: "://") else { return location }
    let name = String(location[mark.upperBound...])
    switch location[..<mark.lowerBound] {
    case "http", "https":
      return location
    case "torchvision", "modelzoo":
      // `ResNet50_Weights.…` is how newer versions of torchvision spell `resnet50.…`.
      let plain = name.lowercased().replacing("_weights", with: "")
      return try torchvision.url(of: plain, in: location)
    case "open-mmlab", "openmmlab":
      return try openMMLab.url(of: renamed[name] ?? name, in: location)
    case "mmcls":
      return try mmcls.url(of: name, in: location)
    default:
      throw .unsupportedScheme(location: location)
    }
  }

  /// The part of a published model that a backbone is loaded from, as in mmcv; `nil` for all of it.
  public static func usedPart(of location: String) -> String? {
    location.hasPrefix("mmcls://") ? "backbone" : nil
  }

  /// The URL of a classifier that mmcls publishes under `name` (`resnet34`); `nil` if there is none.
  public static func classifier(_ name: String) -> String? {
    try? location(of: "mmcls://\(name)")
  }

  private func url(of name: String, in location: String) throws(RemoteFileError) -> String {
    let entries = table.split(separator: "\n").map { $0.split(separator: " ") }
    guard let entry = entries.first(where: { $0[0] == name }) else {
      // Models of one family begin alike.
      let likeness = entries.map { $0[0].sharedStart(with: name).count }
      let best = likeness.max() ?? 0
      let similar = zip(entries, likeness).filter { best > 0 && $0.1 == best }
      throw .unknownName(
        location: location, similar: similar.prefix(6).map { String($0.0[0]) })
    }
    return entry[1].contains("://") ? String(entry[1]) : lead + entry[1]
  }

  /// Former names of `open-mmlab://` entries.
  private static let renamed = [
    "resnet50_caffe": "detectron/resnet50_caffe",
    "resnet50_caffe_bgr": "detectron2/resnet50_caffe_bgr",
    "resnet101_caffe": "detectron/resnet101_caffe",
    "resnet101_caffe_bgr": "detectron2/resnet101_caffe_bgr",
  ]
}

extension Substring {
  fileprivate func sharedStart(with other: String) -> Substring {
    self[..<(zip(indices, other).first { self[$0] != $1 }?.0 ?? endIndex)]
  }
}
