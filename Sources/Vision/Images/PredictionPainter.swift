/// Writes predictions onto pictures, as upstream's `show_result`.
public struct PredictionPainter: Sendable {
  /// Blue, green, red in 0 ... 255.
  public var textColor: [Double]
  /// Relative to the size that fits the picture.
  public var fontScale: Double

  public init(textColor: [Double] = [255, 255, 255], fontScale: Double = 1) {
    precondition(textColor.count == 3, "a colour has 3 channels, found \(textColor.count)")
    self.textColor = textColor
    self.fontScale = fontScale
  }

  /// Reads a picture, writes `lines` into its upper left corner, and saves it as JPEG or PNG by
  /// the name of `output`.
  ///
  /// - Throws: ``VisionError`` that names the file.
  public func paint(
    _ lines: [String], on input: String, to output: String
  ) throws(VisionError) {
    var image = try ImageDecoder.read(file: input)
    // Small pictures are enlarged, so that the text can be read.
    let scale = max(1, (Self.smallestSide + image.width - 1) / image.width)
    do throws(ImagingFailure) {
      if scale > 1 {
        image = try image.resizedByOpenCV(
          width: image.width * scale, height: image.height * scale, region: nil,
          interpolation: .nearest)
      }
      let size = fontScale * Double(max(image.width, Self.smallestSide)) / 600
      let lineHeight = Int((32 * size).rounded(.up))
      for (number, line) in lines.enumerated() {
        let baseline = lineHeight * (number + 1)
        for (color, thickness) in [([0, 0, 0], 3), (textColor, 1)] {
          try image.drawText(
            line, left: lineHeight / 3, baseline: baseline, scale: size, color: color,
            thickness: thickness)
        }
      }
    } catch {
      throw .transformFailed(transform: "painting", file: input, reason: error.reason)
    }
    try ImageEncoder.write(image, to: output)
  }

  private static let smallestSide = 256
}
