internal import Configs
public import Tensors

/// Extends the picture to the right and downward to a size, or to a square.
public struct Pad: Transform {
  /// `nil`: a square as large as the longer side.
  private let size: (height: Int, width: Int)?
  private let value: [Double]
  private let border: Image.Border

  public func apply(
    to sample: inout Sample, generator: inout Generator
  ) throws(VisionError) {
    try replaceImage(of: &sample) { image throws(ImagingFailure) in
      let side = max(image.width, image.height)
      let target = size ?? (side, side)
      return try image.padded(
        left: 0, top: 0, right: max(target.width - image.width, 0),
        bottom: max(target.height - image.height, 0), border: border, value: value)
    }
    sample.meta.imageShape = sample.image?.shape ?? []
  }
}

extension Pad {
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
