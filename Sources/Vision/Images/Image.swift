/// A picture in memory, stored row by row with the channels of a pixel together (H·W·C).
///
/// Three channels are in the order blue, green, red, as OpenCV has them. Pixels stay 8-bit as
/// long as transforms allow.
public struct Image: Sendable, Equatable {
  public let width: Int
  public let height: Int
  /// 1 (grey), 3 (BGR) or 4 (BGRA).
  public let channels: Int
  public private(set) var pixels: Pixels

  /// The samples of a picture.
  public enum Pixels: Sendable, Equatable {
    case bytes([UInt8])
    case floats([Float])
  }

  public init(width: Int, height: Int, channels: Int, bytes: [UInt8]) {
    precondition(
      bytes.count == width * height * channels,
      "\(bytes.count) bytes cannot fill \(width)x\(height)x\(channels)")
    self.width = width
    self.height = height
    self.channels = channels
    pixels = .bytes(bytes)
  }

  public init(width: Int, height: Int, channels: Int, floats: [Float]) {
    precondition(
      floats.count == width * height * channels,
      "\(floats.count) values cannot fill \(width)x\(height)x\(channels)")
    self.width = width
    self.height = height
    self.channels = channels
    pixels = .floats(floats)
  }

  /// `(height, width, channels)`, the order in which upstream writes `img_shape`.
  public var shape: [Int] { [height, width, channels] }

  /// The samples as 8-bit numbers; `nil` for a float picture.
  public var bytes: [UInt8]? {
    guard case .bytes(let bytes) = pixels else { return nil }
    return bytes
  }

  /// The samples as floats, converted if they are 8-bit.
  public var floats: [Float] {
    switch pixels {
    case .bytes(let bytes): bytes.map(Float.init)
    case .floats(let floats): floats
    }
  }

  /// The same image with float samples.
  ///
  /// - Throws: when there is no memory for them.
  func convertedToFloat() throws(ImagingFailure) -> Image {
    guard case .bytes(let bytes) = pixels else { return self }
    let floats = try PixelMemory.filled(bytes.count, of: Float.self) {
      buffer throws(ImagingFailure) in
      for index in bytes.indices { buffer[index] = Float(bytes[index]) }
    }
    return Image(width: width, height: height, channels: channels, floats: floats)
  }

  /// Changes 8-bit samples in place; does nothing to a float picture.
  mutating func mutateBytes(_ body: (UnsafeMutableBufferPointer<UInt8>) -> Void) {
    guard case .bytes(var bytes) = pixels else { return }
    // The array must have one owner while it is changed, or it would be copied.
    pixels = .bytes([])
    bytes.withUnsafeMutableBufferPointer { body($0) }
    pixels = .bytes(bytes)
  }

  /// Changes float samples in place; does nothing to an 8-bit picture.
  mutating func mutateFloats(_ body: (UnsafeMutableBufferPointer<Float>) -> Void) {
    guard case .floats(var floats) = pixels else { return }
    pixels = .floats([])
    floats.withUnsafeMutableBufferPointer { body($0) }
    pixels = .floats(floats)
  }

  /// Refuses sizes beyond OpenCV's limits, which a transform may ask for by mistake.
  static func checkSize(width: Int, height: Int) throws(ImagingFailure) {
    let sides = 1...(1 << 20)
    guard sides.contains(width), sides.contains(height), width * height <= 1 << 30 else {
      throw ImagingFailure(reason: "a size of \(width)x\(height) pixels is not supported")
    }
  }
}
