internal import Annotations
internal import Configs
public import Tensors

/// Cuts out a part of fixed size at a random place, after padding.
public struct RandomCrop: Transform {
  private let height: Int
  private let width: Int
  /// Left, top, right, bottom.
  private let padding: [Int]?
  private let padsIfNeeded: Bool
  private let value: [Double]
  private let border: Image.Border

  public func apply(
    to sample: inout Sample, generator: inout Generator
  ) throws(VisionError) {
    let margins = margins(of: try loadedImage(of: sample))
    try replaceImage(of: &sample, padded)
    for step in margins { sample.annotation.pad(step.margins, label: Pad.ignoredLabel) }
    let image = try loadedImage(of: sample)
    guard image.height >= height, image.width >= width else {
      throw failure(
        on: sample,
        "a part of \(height)x\(width) does not fit the picture of \(image.height)x\(image.width) "
          + "(height x width); set pad_if_needed=True to pad smaller pictures")
    }
    let y = generator.integer(below: image.height - height + 1)
    let x = generator.integer(below: image.width - width + 1)
    let part = Region(x: x, y: y, width: width, height: height)
    sample.image = image.cropped(to: part)
    sample.annotation.crop(to: part)
  }

  /// The borders that an image gets, one after another.
  private func margins(of image: Image) -> [(margins: Margins, border: Image.Border)] {
    var steps: [(margins: Margins, border: Image.Border)] = []
    var extent = image.extent
    func add(_ margins: Margins, _ border: Image.Border) {
      steps.append((margins, border))
      extent = extent.padded(margins)
    }
    if let padding {
      // Upstream fills this border with the constant, whatever `padding_mode` says.
      add(
        Margins(left: padding[0], top: padding[1], right: padding[2], bottom: padding[3]),
        .constant)
    }
    if padsIfNeeded, extent.height < height {
      let missing = height - extent.height
      add(Margins(top: missing, bottom: missing), border)
    }
    if padsIfNeeded, extent.width < width {
      let missing = width - extent.width
      add(Margins(left: missing, right: missing), border)
    }
    return steps
  }

  /// The image with the padding that this transform gives it.
  func padded(_ image: Image) throws(ImagingFailure) -> Image {
    var padded = image
    for step in margins(of: image) {
      padded = try padded.padded(step.margins, border: step.border, value: value)
    }
    return padded
  }
}

extension RandomCrop {
  init(_ reader: inout ConfigReader) throws(ConfigError) {
    (height, width) = try reader.readSize("size")
    if let value: Config = try reader.readIfPresent("padding") {
      let path = reader.path.appending("padding")
      let sides =
        value.items == nil
        ? [try Int(config: value, path: path)] : try [Int](config: value, path: path)
      guard [1, 2, 4].contains(sides.count), sides.allSatisfy({ (0...65536).contains($0) }),
        value.items == nil || sides.count > 1
      else {
        throw .invalidValue(
          path: path, message: "must be a number, a pair (left/right, top/bottom) or four")
      }
      padding = (0..<4).map { sides[$0 % sides.count] }
    } else {
      padding = nil
    }
    padsIfNeeded = try reader.read("pad_if_needed", default: false)
    value = try reader.readBorderColor()
    border = try reader.readName("padding_mode", default: .constant)
  }
}
