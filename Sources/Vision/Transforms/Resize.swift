internal import Annotations
internal import Configs
public import Tensors

/// Scales the image to a size, or one side to a length while keeping the proportions; boxes, masks
/// and label map are scaled along.
public struct Resize: Transform {
  private let height: Int
  /// -1: keep the proportions.
  private let width: Int
  private let adaptiveSide: AdaptiveSide
  private let interpolation: Interpolation
  private let backend: ResizeBackend

  /// The side that gets the given length when proportions are kept.
  private enum AdaptiveSide: String, CaseIterable { case short, long, height, width }

  public func apply(
    to sample: inout Sample, generator: inout Generator
  ) throws(VisionError) {
    let image = try loadedImage(of: sample)
    guard let size = targetSize(for: image) else { return }
    guard size.width > 0, size.height > 0 else {
      throw failure(on: sample, "a picture of \(image.width)x\(image.height) would lose a side")
    }
    try replaceImage(of: &sample) { image throws(ImagingFailure) in
      try image.resized(
        width: size.width, height: size.height, interpolation: interpolation, backend: backend)
    }
    sample.meta.imageShape = [size.height, size.width, image.channels]
    sample.noteResize(from: image.extent, to: Extent(height: size.height, width: size.width))
  }

  /// `nil` if the picture has the length already.
  private func targetSize(for image: Image) -> (width: Int, height: Int)? {
    guard width == -1 else { return (width, height) }
    let (w, h) = (image.width, image.height)
    let fixesWidth =
      switch adaptiveSide {
      case .short: w < h
      case .long: w > h
      case .height: false
      case .width: true
      }
    let isKept =
      switch adaptiveSide {
      case .short: min(w, h) == height
      case .long: max(w, h) == height
      case .height: h == height
      case .width: w == height
      }
    if isKept { return nil }
    return fixesWidth
      ? (height, Int(Double(height * h) / Double(w)))
      : (Int(Double(height * w) / Double(h)), height)
  }
}

extension Resize {
  init(_ reader: inout ConfigReader) throws(ConfigError) {
    (height, width) = try reader.readSize("size", adaptive: true)
    adaptiveSide = try reader.readName("adaptive_side", default: .short)
    (interpolation, backend) = try reader.readResizing()
  }
}
