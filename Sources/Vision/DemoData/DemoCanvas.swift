internal import Tensors

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Foundation
#endif

/// A float picture to draw on, with smooth edges.
struct DemoCanvas {
  let width: Int
  let height: Int
  /// Blue, green, red in 0 ... 255, row by row.
  private(set) var pixels: [SIMD3<Float>]

  /// Where and how an outline is drawn.
  struct Placement {
    var center: SIMD2<Float>
    /// Pixels per unit of the outline.
    var scale: Float
    var angle: Float
    /// Extra scale along the outline's own axes.
    var stretch: SIMD2<Float> = [1, 1]
  }

  init(width: Int, height: Int, color: SIMD3<Float>) {
    self.width = width
    self.height = height
    pixels = Array(repeating: color, count: width * height)
  }

  /// How much of each pixel lies inside the outline, for the pixels of its surroundings.
  func coverage(of outline: Outline, at place: Placement) -> Coverage {
    let reach = place.scale * max(place.stretch.x, place.stretch.y) * 1.2 + 2
    let left = max(0, Int(place.center.x - reach))
    let right = min(width - 1, Int(place.center.x + reach))
    let top = max(0, Int(place.center.y - reach))
    let bottom = min(height - 1, Int(place.center.y + reach))
    var coverage = Coverage(left: left, top: top, width: max(0, right - left + 1), values: [])
    guard left <= right, top <= bottom else { return coverage }
    let (sine, cosine) = (sin(place.angle), cos(place.angle))
    let unit = place.scale * place.stretch
    let edge = place.scale * min(place.stretch.x, place.stretch.y)
    coverage.values.reserveCapacity(coverage.width * (bottom - top + 1))
    for y in top...bottom {
      for x in left...right {
        let offset = SIMD2(Float(x) + 0.5, Float(y) + 0.5) - place.center
        let turned = SIMD2(
          cosine * offset.x + sine * offset.y, cosine * offset.y - sine * offset.x)
        let distance = outline.distance(to: turned / unit) * edge
        coverage.values.append(max(0, min(1, 0.5 - distance)))
      }
    }
    return coverage
  }

  /// Shares of pixels in a rectangle of the canvas.
  struct Coverage {
    let left: Int
    let top: Int
    let width: Int
    var values: [Float]

    func visit(_ body: (_ x: Int, _ y: Int, _ share: Float) -> Void) {
      for (index, share) in values.enumerated() where share > 0 {
        body(left + index % width, top + index / width, share)
      }
    }
  }

  /// Paints with a colour per pixel.
  mutating func paint(
    _ coverage: Coverage, opacity: Float = 1, _ color: (_ x: Int, _ y: Int) -> SIMD3<Float>
  ) {
    coverage.visit { x, y, share in
      let index = y * width + x
      pixels[index] += (color(x, y) - pixels[index]) * (share * opacity)
    }
  }

  /// Adds smooth random variation: values on a coarse grid, blended in between.
  mutating func addTexture(
    cells: Int, amplitude: Float, generator: inout Generator
  ) {
    let grid = (0..<((cells + 1) * (cells + 1))).map { _ in
      SIMD3<Float>(
        Float(generator.uniform(-1, 1)), Float(generator.uniform(-1, 1)),
        Float(generator.uniform(-1, 1)))
    }
    func eased(_ share: Float) -> Float { share * share * (3 - 2 * share) }
    for y in 0..<height {
      let v = Float(y) / Float(height) * Float(cells)
      let (row, down) = (Int(v), eased(v - v.rounded(.down)))
      for x in 0..<width {
        let u = Float(x) / Float(width) * Float(cells)
        let (column, across) = (Int(u), eased(u - u.rounded(.down)))
        let corner = row * (cells + 1) + column
        let upper = grid[corner] + (grid[corner + 1] - grid[corner]) * across
        let next = corner + cells + 1
        let lower = grid[next] + (grid[next + 1] - grid[next]) * across
        pixels[y * width + x] += (upper + (lower - upper) * down) * amplitude
      }
    }
  }

  /// Multiplies by a brightness that changes evenly across the picture.
  mutating func addLight(direction: Float, strength: Float) {
    let (sine, cosine) = (sin(direction), cos(direction))
    for y in 0..<height {
      for x in 0..<width {
        let u = Float(x) / Float(width) - 0.5
        let v = Float(y) / Float(height) - 0.5
        pixels[y * width + x] *= 1 + strength * (u * cosine + v * sine)
      }
    }
  }

  /// The picture in 8 bits, with noise of the given deviation.
  func image(noise: Float, generator: inout Generator) -> Image {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(pixels.count * 3)
    for pixel in pixels {
      // The sum of four bytes is near enough to a normal distribution, and quick to draw.
      let random = generator.next()
      let gray = Self.bellShaped(random) * noise
      for channel in 0..<3 {
        let own = Self.bellShaped(random >> (16 + 16 * UInt64(channel))) * noise * 0.5
        bytes.append(UInt8(max(0, min(255, (pixel[channel] + gray + own).rounded()))))
      }
    }
    return Image(width: width, height: height, channels: 3, bytes: bytes)
  }

  /// A value of deviation 1 from the four lowest groups of four bits.
  private static func bellShaped(_ bits: UInt64) -> Float {
    let sum = (0..<4).reduce(0) { $0 + Int((bits >> UInt64(4 * $1)) & 15) }
    return (Float(sum) - 30) / 9.22
  }
}
