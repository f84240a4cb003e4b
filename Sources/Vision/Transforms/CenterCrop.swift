internal import Annotations
internal import Configs
public import Tensors

/// Cuts out the middle of the image; an image that is smaller stays as large as it is.
///
/// In EfficientNet's style the middle is a share of the short side, which is then scaled to the
/// size.
public struct CenterCrop: Transform {
  private let height: Int
  private let width: Int
  private let efficientNet: EfficientNet?

  private struct EfficientNet {
    let padding: Double
    let interpolation: Interpolation
    let backend: ResizeBackend
  }

  public func apply(
    to sample: inout Sample, generator: inout Generator
  ) throws(VisionError) {
    let image = try loadedImage(of: sample)
    guard let efficientNet else {
      let middle = region(in: image, Double(height), Double(width))
      sample.image = image.cropped(to: middle)
      sample.annotation.crop(to: middle)
      sample.meta.imageShape = [middle.height, middle.width, image.channels]
      return
    }
    let short = Double(min(image.width, image.height))
    func share(_ side: Int) -> Double {
      Double(side) / (Double(side) + efficientNet.padding) * short
    }
    let middle = region(in: image, share(height), share(width))
    try replaceImage(of: &sample) { image throws(ImagingFailure) in
      try image.resized(
        width: width, height: height, region: middle, interpolation: efficientNet.interpolation,
        backend: efficientNet.backend)
    }
    sample.meta.imageShape = [height, width, image.channels]
    sample.annotation.crop(to: middle)
    sample.noteResize(from: middle.extent, to: Extent(height: height, width: width))
  }

  private func region(in image: Image, _ height: Double, _ width: Double) -> Region {
    func bounds(_ extent: Int, _ size: Double) -> (Int, Int) {
      let start = max(0, ((Double(extent) - size) / 2).rounded(.toNearestOrEven))
      return (Int(start), Int(min(Double(extent), start + size) - 1))
    }
    let (top, bottom) = bounds(image.height, height)
    let (left, right) = bounds(image.width, width)
    return Region(left: left, top: top, right: right, bottom: bottom, in: image)
  }
}

extension CenterCrop {
  init(_ reader: inout ConfigReader) throws(ConfigError) {
    let isEfficientNet: Bool = try reader.read("efficientnet_style", default: false)
    (height, width) = try reader.readSize("crop_size")
    let padding: Double = try reader.read("crop_padding", default: 32)
    let (interpolation, backend) = try reader.readResizing()
    guard isEfficientNet else {
      efficientNet = nil
      return
    }
    guard height == width else {
      throw .invalidValue(
        path: reader.path.appending("crop_size"), message: "must be one number for this style")
    }
    guard padding >= 0 else {
      throw .invalidValue(
        path: reader.path.appending("crop_padding"), message: "must not be negative")
    }
    efficientNet = EfficientNet(
      padding: padding, interpolation: interpolation, backend: backend)
  }
}
