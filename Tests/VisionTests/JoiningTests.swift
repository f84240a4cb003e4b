import Annotations
import Configs
import Tensors
import Testing

@testable import Vision

@Suite struct JoiningTests {
  private func sample(_ index: Int, height: Int, width: Int) -> Sample {
    var sample = Sample(
      index: index, name: "\(index)",
      image: Image(
        width: width, height: height, channels: 1,
        bytes: [UInt8](repeating: UInt8(index + 1), count: width * height)),
      annotation: ImageAnnotation(
        boxes: [Box(x1: 0, y1: 0, x2: 1, y2: 1)], labels: [index],
        segmentation: LabelMap(
          height: height, width: width, bytes: [UInt8](repeating: 3, count: width * height))))
    sample.normalize(Normalization(mean: [10], deviation: [2], toRGB: false))
    return sample
  }

  private let position = Batch.Position(epoch: 0, batch: 0)

  @Test func `images are padded at the right and at the bottom after normalisation`() throws {
    let batch = try Batch(
      joining: [sample(0, height: 2, width: 3), sample(1, height: 3, width: 1)],
      position: position, by: .pad(value: 7, sizeDivisor: 4))
    #expect(batch.pixels.shape == [2, 1, 4, 4])
    let first: [Float] = [-4.5, -4.5, -4.5, 7, -4.5, -4.5, -4.5, 7] + Array(repeating: 7, count: 8)
    let second: [Float] = [-4, 7, 7, 7, -4, 7, 7, 7, -4, 7, 7, 7, 7, 7, 7, 7]
    #expect(batch.pixels.values == first + second)
    #expect(
      batch.annotations[0].segmentation?.bytes
        == [3, 3, 3, 255, 3, 3, 3, 255] + Array(repeating: 255, count: 8))
    #expect(batch.annotations[1].segmentation?.extent == Extent(height: 4, width: 4))
    #expect(batch.annotations.map(\.labels) == [[0], [1]])
    #expect(batch.annotations[1].boxes == [Box(x1: 0, y1: 0, x2: 1, y2: 1)])
    // What an image was padded to for its own sake, not for its neighbours'.
    #expect(batch.metas.map(\.padShape) == [[4, 4, 1], [4, 4, 1]])
    #expect(batch.metas.map(\.imageShape) == [[2, 3, 1], [3, 1, 1]])
    let wide = try Batch(
      joining: [sample(0, height: 2, width: 9), sample(1, height: 3, width: 1)],
      position: position, by: .pad(sizeDivisor: 4))
    #expect(wide.pixels.shape == [2, 1, 4, 12])
    #expect(wide.metas.map(\.padShape) == [[4, 12, 1], [4, 4, 1]])
  }

  @Test func `equal images join the same way however they are joined`() throws {
    let samples = (0..<3).map { sample($0, height: 4, width: 8) }
    let refused = try Batch(joining: samples, position: position)
    let padded = try Batch(joining: samples, position: position, by: .pad(sizeDivisor: 4))
    #expect(refused.pixels.values == padded.pixels.values)
    #expect(refused.annotations == padded.annotations && refused.metas == padded.metas)
  }

  @Test func `images that differ are refused with both names`() throws {
    let error = #expect(throws: VisionError.self) {
      try Batch(
        joining: [sample(0, height: 2, width: 3), sample(1, height: 3, width: 1)],
        position: position)
    }
    #expect(
      error?.description
        == "images of one batch must have one shape, but '0' is [2, 3, 1] and '1' is [3, 1, 1] "
        + "(height, width, channels)")
  }

  @Test func `views of samples are joined view by view`() throws {
    let samples = (0..<2).map { index in
      var whole = sample(index, height: 4, width: 6)
      var flipped = whole
      flipped.modifyImage { $0.flip(.horizontal) }
      flipped.meta.flip = true
      whole.views = [whole, sample(index, height: 2, width: 3), flipped]
      whole.image = nil
      return whole
    }
    let batch = try Batch(joining: samples, position: position)
    #expect(batch.count == 2 && batch.indices == [0, 1])
    #expect(batch.views.map(\.pixels.shape) == [[2, 1, 4, 6], [2, 1, 2, 3], [2, 1, 4, 6]])
    #expect(batch.views.map { $0.metas.map(\.flip) } == [[nil, nil], [nil, nil], [true, true]])
    #expect(batch.annotations.map(\.labels) == [[0], [1]])
    #expect(batch.byteCount == (24 + 6 + 24) * 2 * 4)
    #expect(batch.moved(to: Batch.Position(epoch: 3, batch: 1)).views.count == 3)
    var fewer = samples
    fewer[1].views.removeLast()
    #expect(
      throws: VisionError.mixedViews(first: "0", firstCount: 3, second: "1", secondCount: 2)
    ) {
      try Batch(joining: fewer, position: position)
    }
  }
}
