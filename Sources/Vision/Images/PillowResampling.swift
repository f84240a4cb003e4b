internal import Annotations

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Foundation
#endif

/// Scaling with a filter as wide as the scaled pixel, with the fixed-point arithmetic of Pillow, so
/// that results agree with it exactly.
struct PillowResampling {
  let bytes: [UInt8]
  /// Pixels of a row of `bytes`.
  let width: Int
  let channels: Int
  /// The part that is scaled.
  let region: Region
  let interpolation: Interpolation

  /// Fraction bits of the weights: 8 bits of a sample and 2 of head room leave 22 of 32.
  private static let precision: Int32 = 32 - 8 - 2

  func resized(width target: Int, height: Int) -> Image {
    if target == region.width, height == region.height {
      return whole.cropped(to: region)
    }
    guard let filter = Filter(interpolation) else {
      return nearest(width: target, height: height)
    }
    let columns = Weights(from: region.width, to: target, filter: filter)
    let rows = Weights(from: region.height, to: height, filter: filter)
    // Only the rows that the second pass needs are scaled in the first.
    let needed = rows.firstSource..<rows.endSource
    var current = bytes
    var stride = width * channels
    var origin = (region.y + needed.lowerBound) * stride + region.x * channels
    if target != region.width {
      current = scaledHorizontally(columns, rows: needed.count, stride: stride, origin: origin)
      stride = target * channels
      origin = 0
    }
    if height == region.height {
      let image = Image(
        width: stride / channels, height: current.count / stride, channels: channels,
        bytes: current)
      return image.cropped(
        to: Region(
          x: origin % stride / channels, y: origin / stride, width: target, height: height))
    }
    let result = scaledVertically(
      current, rows, width: target, stride: stride, origin: origin - needed.lowerBound * stride)
    return Image(width: target, height: height, channels: channels, bytes: result)
  }

  private var whole: Image {
    Image(width: width, height: bytes.count / (width * channels), channels: channels, bytes: bytes)
  }

  private func scaledHorizontally(
    _ weights: Weights, rows: Int, stride: Int, origin: Int
  ) -> [UInt8] {
    let channels = channels
    let count = rows * weights.count * channels
    return [UInt8](unsafeUninitializedCapacity: count) { target, initialized in
      bytes.withUnsafeBufferPointer { source in
        weights.values.withUnsafeBufferPointer { values in
          var position = 0
          for row in 0..<rows {
            let start = origin + row * stride
            for x in 0..<weights.count {
              let (first, length) = weights.spans[x]
              let base = x * weights.width
              for channel in 0..<channels {
                var sum: Int32 = 1 << (Self.precision - 1)
                var offset = start + first * channels + channel
                for tap in 0..<length {
                  sum &+= Int32(source[offset]) &* values[base + tap]
                  offset += channels
                }
                target[position] = Self.clipped(sum)
                position += 1
              }
            }
          }
        }
      }
      initialized = count
    }
  }

  private func scaledVertically(
    _ bytes: [UInt8], _ weights: Weights, width: Int, stride: Int, origin: Int
  ) -> [UInt8] {
    let rowCount = width * channels
    let count = weights.count * rowCount
    return [UInt8](unsafeUninitializedCapacity: count) { target, initialized in
      bytes.withUnsafeBufferPointer { source in
        weights.values.withUnsafeBufferPointer { values in
          withUnsafeTemporaryAllocation(of: Int32.self, capacity: rowCount) { sums in
            for y in 0..<weights.count {
              let (first, length) = weights.spans[y]
              sums.initialize(repeating: 1 << (Self.precision - 1))
              for tap in 0..<length {
                let weight = values[y * weights.width + tap]
                let row = origin + (first + tap) * stride
                for column in 0..<rowCount {
                  sums[column] &+= Int32(source[row + column]) &* weight
                }
              }
              for column in 0..<rowCount {
                target[y * rowCount + column] = Self.clipped(sums[column])
              }
            }
          }
        }
      }
      initialized = count
    }
  }

  private static func clipped(_ sum: Int32) -> UInt8 {
    UInt8(max(0, min(255, sum >> precision)))
  }

  /// Takes the pixel in which a new pixel's centre lies. The centre moves on by repeated addition,
  /// as in Pillow, whose rounding decides at pixel edges.
  private func nearest(width target: Int, height: Int) -> Image {
    func sources(_ extent: Int, _ count: Int) -> [Int] {
      let step = Double(extent) / Double(count)
      var center = step * 0.5
      return (0..<count).map { _ in
        defer { center += step }
        return min(Int(center), extent - 1)
      }
    }
    let columns = sources(region.width, target)
    var result: [UInt8] = []
    result.reserveCapacity(target * height * channels)
    for y in sources(region.height, height) {
      let row = ((region.y + y) * width + region.x) * channels
      for x in columns {
        for channel in 0..<channels { result.append(bytes[row + x * channels + channel]) }
      }
    }
    return Image(width: target, height: height, channels: channels, bytes: result)
  }
}

extension PillowResampling {
  /// A symmetric filter of a finite width.
  private struct Filter {
    /// Half the width, in pixels of the smaller picture.
    let support: Double
    let value: (Double) -> Double

    /// `nil` for the interpolation that does not weigh.
    init?(_ interpolation: Interpolation) {
      switch interpolation {
      case .nearest: return nil
      case .box, .area:
        support = 0.5
        value = { $0 > -0.5 && $0 <= 0.5 ? 1 : 0 }
      case .bilinear:
        support = 1
        value = { abs($0) < 1 ? 1 - abs($0) : 0 }
      case .hamming:
        support = 1
        value = { x in
          let x = abs(x)
          if x == 0 { return 1 }
          if x >= 1 { return 0 }
          let angle = x * .pi
          return sin(angle) / angle * (0.54 + 0.46 * cos(angle))
        }
      case .bicubic:
        // Keys (1981) with a = -0.5.
        support = 2
        value = { x in
          let a = -0.5
          let x = abs(x)
          if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
          if x < 2 { return (((x - 5) * x + 8) * x - 4) * a }
          return 0
        }
      case .lanczos:
        support = 3
        value = { x in
          func sinc(_ x: Double) -> Double { x == 0 ? 1 : sin(x * .pi) / (x * .pi) }
          return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0
        }
      }
    }
  }

  /// The fixed-point weights of one axis.
  private struct Weights {
    /// New pixels.
    let count: Int
    /// Room for weights per new pixel.
    let width: Int
    /// First old pixel and number of old pixels per new pixel.
    private(set) var spans: [(first: Int, length: Int)] = []
    private(set) var values: [Int32]

    init(from extent: Int, to count: Int, filter: Filter) {
      self.count = count
      let scale = Double(extent) / Double(count)
      let filterScale = max(scale, 1)
      let support = filter.support * filterScale
      width = Int(support.rounded(.up)) * 2 + 1
      values = [Int32](repeating: 0, count: count * width)
      spans.reserveCapacity(count)
      var taps = [Double](repeating: 0, count: width)
      let inverse = 1 / filterScale
      for index in 0..<count {
        let center = (Double(index) + 0.5) * scale
        let first = max(0, Int(center - support + 0.5))
        let length = min(extent, Int(center + support + 0.5)) - first
        var total = 0.0
        for tap in 0..<length {
          taps[tap] = filter.value((Double(tap + first) - center + 0.5) * inverse)
          total += taps[tap]
        }
        for tap in 0..<length {
          let weight = total != 0 ? taps[tap] / total : taps[tap]
          let scaled = weight * Double(1 << PillowResampling.precision)
          values[index * width + tap] = Int32(scaled + (weight < 0 ? -0.5 : 0.5))
        }
        spans.append((first, length))
      }
    }

    var firstSource: Int { spans.first?.first ?? 0 }
    var endSource: Int { spans.last.map { $0.first + $0.length } ?? 0 }
  }
}
