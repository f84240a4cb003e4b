internal import Annotations
internal import Configs
public import Tensors

/// Reads the picture that the data set names.
public struct LoadImageFromFile: Transform {
  private let convertsToFloat: Bool
  private let mode: ColorMode

  public func apply(
    to sample: inout Sample, generator: inout Generator
  ) throws(VisionError) {
    guard case .file(let file) = sample.source else {
      throw failure(on: sample, "the data set holds its pictures in memory, there is no file")
    }
    let decoded = try ImageDecoder.decoded(file: file, mode: mode)
    sample.damage = decoded.damage
    let image = decoded.image
    sample.meta.originalShape = image.shape
    sample.meta.imageShape = image.shape
    sample.meta.normalization = .identity(channels: image.channels)
    guard convertsToFloat else {
      sample.image = image
      return
    }
    do {
      sample.image = try image.convertedToFloat()
    } catch {
      throw .noMemory(file: file, reason: error.reason)
    }
  }
}

extension LoadImageFromFile {
  init(_ reader: inout ConfigReader) throws(ConfigError) {
    convertsToFloat = try reader.read("to_float32", default: false)
    mode = try reader.readName("color_type", default: .color)
    try reader.readFileClient()
  }
}
