public import Annotations

/// An image with what is known of it, on its way through a pipeline.
public struct Sample: Sendable {
  /// The place in the data set.
  public private(set) var index: Int
  /// What the loading transform is to load.
  public let source: Source
  /// The facets that the data set knows and the pipeline has not dropped.
  public var annotation: ImageAnnotation
  public var meta: ImageMeta
  /// The image seen several ways, by test-time augmentation; empty where it is seen one way.
  ///
  /// The views have the index and the annotation of their sample; a batch reads both from there.
  public var views: [Sample] = []
  /// How test-time augmentation wants the sample to be seen; `nil` outside of it.
  public var request: ViewRequest?

  /// The image before ``normalization``.
  private(set) var unnormalizedImage: Image?
  /// A normalisation that is applied when the pixels are next needed: at the end of a pipeline
  /// straight into the batch, which spares a pass over memory.
  private(set) var normalization: Normalization?
  /// The damage in the image's file from which the decoder recovered.
  var damage: String?

  /// Where an image comes from.
  public enum Source: Sendable {
    case file(String)
    /// An image that the data set holds in memory.
    case memory
  }

  public init(
    index: Int, file: String, originalFile: String,
    annotation: ImageAnnotation = ImageAnnotation()
  ) {
    self.index = index
    self.annotation = annotation
    source = .file(file)
    meta = ImageMeta(filename: file, originalFilename: originalFile)
  }

  public init(
    index: Int, name: String, image: Image, annotation: ImageAnnotation = ImageAnnotation()
  ) {
    self.index = index
    self.annotation = annotation
    source = .memory
    meta = ImageMeta(filename: name, originalFilename: name)
    meta.originalShape = image.shape
    meta.imageShape = image.shape
    unnormalizedImage = image
  }

  /// The image; `nil` before it is loaded.
  public var image: Image? {
    get {
      guard let normalization else { return unnormalizedImage }
      return unnormalizedImage.map { normalization.applied(to: $0) }
    }
    set {
      unnormalizedImage = newValue
      normalization = nil
    }
  }

  /// Changes the image without a second copy of it in memory; does nothing before it is loaded.
  mutating func modifyImage<E: Error>(_ change: (inout Image) throws(E) -> Void) throws(E) {
    guard var image else { return }
    unnormalizedImage = nil
    normalization = nil
    try change(&image)
    unnormalizedImage = image
  }

  /// Normalises the image, at the latest when its pixels are read.
  mutating func normalize(_ normalization: Normalization) {
    if self.normalization != nil { image = image }
    self.normalization = normalization
  }

  /// The same sample at another place, of a data set that contains its own.
  func moved(to index: Int) -> Sample {
    var sample = self
    sample.index = index
    return sample
  }
}
