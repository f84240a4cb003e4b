internal import Tensors

/// One demo picture with what is to be found in it.
struct DemoPicture {
  let image: Image
  /// One byte per pixel: 0 for the background, class + 1 for the shape, 255 along its edge.
  let mask: Image
  /// Left, top, width and height of the shape, in pixels.
  let box: [Int]
  /// Pixels of the shape.
  let area: Int

  /// Draws a picture. Everything but the class comes from the generator.
  init(_ shape: DemoShape, generator: inout Generator) {
    let width = 96 + generator.integer(below: 65)
    let height = 96 + generator.integer(below: 65)
    let ground = Self.color(&generator)
    var canvas = DemoCanvas(width: width, height: height, color: ground)
    Self.drawGround(&canvas, ground, &generator)
    Self.drawClutter(&canvas, count: 1 + generator.integer(below: 5), &generator)

    let color = Self.color(&generator, awayFrom: ground)
    let place = Self.placement(width: width, height: height, &generator)
    let coverage = canvas.coverage(of: shape.outline, at: place)
    Self.drawShape(&canvas, coverage, color, &generator)
    // Some clutter lies in front.
    Self.drawStrokes(&canvas, count: generator.integer(below: 2), &generator)

    canvas.addLight(
      direction: Float(generator.uniform(0, 2 * .pi)), strength: Float(generator.uniform(0, 0.4)))
    image = canvas.image(noise: Float(generator.uniform(2, 6)), generator: &generator)
    (mask, box, area) = Self.labels(of: coverage, shape, width: width, height: height)
  }

  private static func placement(
    width: Int, height: Int, _ generator: inout Generator
  ) -> DemoCanvas.Placement {
    let side = Float(min(width, height))
    let scale = side * Float(generator.uniform(0.31, 0.44))
    let (reachX, reachY) = (Float(width) - 2 * scale, Float(height) - 2 * scale)
    return DemoCanvas.Placement(
      center: [
        scale + reachX * Float(generator.uniform()), scale + reachY * Float(generator.uniform()),
      ],
      scale: scale, angle: Float(generator.uniform(-0.3, 0.3)),
      stretch: [Float(generator.uniform(0.92, 1.08)), Float(generator.uniform(0.92, 1.08))])
  }

  private static func drawGround(
    _ canvas: inout DemoCanvas, _ color: SIMD3<Float>, _ generator: inout Generator
  ) {
    canvas.addTexture(
      cells: 2 + generator.integer(below: 3), amplitude: Float(generator.uniform(5, 24)),
      generator: &generator)
    canvas.addTexture(
      cells: 8 + generator.integer(below: 9), amplitude: Float(generator.uniform(2, 10)),
      generator: &generator)
  }

  /// Small dots, bars and strokes that belong to no class.
  private static func drawClutter(
    _ canvas: inout DemoCanvas, count: Int, _ generator: inout Generator
  ) {
    drawStrokes(&canvas, count: count / 2, &generator)
    for _ in 0..<(count - count / 2) {
      let side = Float(min(canvas.width, canvas.height))
      let outline: Outline =
        generator.uniform() < 0.5
        ? .disc(radius: 1) : .polygon([[-1, -0.5], [1, -0.5], [1, 0.5], [-1, 0.5]])
      let coverage = canvas.coverage(
        of: outline,
        at: DemoCanvas.Placement(
          center: point(in: canvas, &generator), scale: side * Float(generator.uniform(0.02, 0.07)),
          angle: Float(generator.uniform(0, .pi))))
      let color = color(&generator)
      canvas.paint(coverage, opacity: Float(generator.uniform(0.5, 1))) { _, _ in color }
    }
  }

  private static func drawStrokes(
    _ canvas: inout DemoCanvas, count: Int, _ generator: inout Generator
  ) {
    for _ in 0..<count {
      let side = Float(min(canvas.width, canvas.height))
      let length = Float(generator.uniform(0.2, 0.8))
      let coverage = canvas.coverage(
        of: .stroke(
          from: [-length, 0], to: [length, 0], halfWidth: Float(generator.uniform(0.008, 0.022))),
        at: DemoCanvas.Placement(
          center: point(in: canvas, &generator), scale: side,
          angle: Float(generator.uniform(0, .pi))))
      let color = color(&generator)
      canvas.paint(coverage, opacity: Float(generator.uniform(0.5, 0.95))) { _, _ in color }
    }
  }

  /// Fills the shape evenly, with a gradient or with stripes.
  private static func drawShape(
    _ canvas: inout DemoCanvas, _ coverage: DemoCanvas.Coverage, _ color: SIMD3<Float>,
    _ generator: inout Generator
  ) {
    let style = generator.integer(below: 3)
    let change = SIMD3<Float>(repeating: Float(generator.uniform(15, 45)))
    let slope = SIMD2(Float(generator.uniform(-1, 1)), Float(generator.uniform(-1, 1)))
    let period = Float(generator.uniform(6, 14))
    canvas.paint(coverage) { x, y in
      let along = Float(x) * slope.x + Float(y) * slope.y
      switch style {
      case 0: return color
      case 1:
        let middle = Float(coverage.left) * slope.x + Float(coverage.top) * slope.y
        return color + change * ((along - middle) / Float(max(coverage.width, 1)))
      default:
        let phase = along / period
        return phase - phase.rounded(.down) < 0.5 ? color : color - change * 0.6
      }
    }
  }

  private static func labels(
    of coverage: DemoCanvas.Coverage, _ shape: DemoShape, width: Int, height: Int
  ) -> (mask: Image, box: [Int], area: Int) {
    let label = UInt8(DemoShape.allCases.firstIndex(of: shape) ?? 0) + 1
    var bytes = [UInt8](repeating: 0, count: width * height)
    var (left, top, right, bottom) = (width, height, -1, -1)
    var area = 0
    coverage.visit { x, y, share in
      bytes[y * width + x] = share > 0.75 ? label : share < 0.25 ? 0 : 255
      guard share >= 0.5 else { return }
      area += 1
      (left, right) = (min(left, x), max(right, x))
      (top, bottom) = (min(top, y), max(bottom, y))
    }
    return (
      Image(width: width, height: height, channels: 1, bytes: bytes),
      [left, top, right - left + 1, bottom - top + 1], area
    )
  }

  private static func point(
    in canvas: DemoCanvas, _ generator: inout Generator
  ) -> SIMD2<Float> {
    [
      Float(canvas.width) * Float(generator.uniform()),
      Float(canvas.height) * Float(generator.uniform()),
    ]
  }

  private static func color(_ generator: inout Generator) -> SIMD3<Float> {
    [
      Float(generator.uniform(20, 235)), Float(generator.uniform(20, 235)),
      Float(generator.uniform(20, 235)),
    ]
  }

  /// A colour that can be told from `other`.
  private static func color(
    _ generator: inout Generator, awayFrom other: SIMD3<Float>
  ) -> SIMD3<Float> {
    while true {
      let candidate = color(&generator)
      let difference = candidate - other
      if (difference * difference).sum() > 150 * 150 { return candidate }
    }
  }
}
