internal import Annotations
internal import Configs
public import Tensors

/// Extends the image to the right and downward to a size, or to a square; new pixels of a label map
/// count for nothing (255).
public struct Pad: Transform {
  /// `nil`: a square as large as the longer side.
  private let size: (height: Int, width: Int)?
  private let value: [Double]
  private let border: Image.Border

  public func apply(
    to sample: inout Sample, generator: inout Generator
  ) throws(VisionError) {
    let image = try loadedImage(of: sample)
    let side = max(image.width, image.height)
    let target = size ?? (side, side)
    let margins = Margins(
      right: max(target.width - image.width, 0), bottom: max(target.height - image.height, 0))
    try replaceImage(of: &sample) { image throws(ImagingFailure) in
      try image.padded(margins, border: border, value: value)
    }
    sample.annotation.pad(margins, label: Self.ignoredLabel)
    let padded = image.extent.padded(margins)
    sample.meta.imageShape = [padded.height, padded.width, image.channels]
    sample.meta.padShape = sample.meta.imageShape
  }
}

extension Pad {
  /// The label of pixels that no loss and no metric looks at.
  static let ignoredLabel = 255

  init(_ reader: inout ConfigReader) throws(ConfigError) {
    let toSquare: Bool = try reader.read("pad_to_square", default: false)
    let hasSize = reader.contains("size")
    guard hasSize != toSquare else {
      throw .invalidValue(
        path: reader.path, message: "needs either size or pad_to_square=True")
    }
    size = hasSize ? try reader.readSize("size") : nil
    value = try reader.readBorderColor()
    border = try reader.readName("padding_mode", default: .constant)
  }
}
