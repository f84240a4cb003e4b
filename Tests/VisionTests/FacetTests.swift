import Annotations
import Configs
import Tensors
import Testing

@testable import Vision

/// What is known of places in an image moves with its pixels.
@Suite struct FacetTests {
  /// An image in which one object is brighter than the ground, with all that says where it is.
  private func sample(width: Int = 20, height: Int = 12) -> Sample {
    let object = Region(x: 3, y: 2, width: 8, height: 4)
    var bytes = [UInt8](repeating: 10, count: width * height * 3)
    var labels = [UInt8](repeating: 0, count: width * height)
    for y in object.y..<object.y + object.height {
      for x in object.x..<object.x + object.width {
        labels[y * width + x] = 1
        for channel in 0..<3 { bytes[(y * width + x) * 3 + channel] = 200 }
      }
    }
    let map = LabelMap(height: height, width: width, bytes: labels)
    return Sample(
      index: 0, name: "object",
      image: Image(width: width, height: height, channels: 3, bytes: bytes),
      annotation: ImageAnnotation(
        boxes: [Box(x: 3, y: 2, width: 8, height: 4)], labels: [5], ignored: [],
        masks: [.runLengths(RunLengthMask(map))], segmentation: map))
  }

  private func transformed(_ config: Config, seed: UInt64 = 0) throws -> Sample {
    var sample = sample()
    var generator = Generator(seed: seed)
    let transform = try VisionCatalogs.builtIn.transforms.build(
      config, path: "pipeline.0", scope: .mmcls, context: VisionContext())
    try transform.apply(to: &sample, generator: &generator)
    return sample
  }

  /// The object's box as the pixels, the label map and the mask show it.
  private func boxes(_ sample: Sample) throws -> [Box?] {
    let image = try #require(sample.image)
    let map = try #require(sample.annotation.segmentation)
    #expect(map.extent == image.extent)
    let pixels = LabelMap(
      height: image.height, width: image.width,
      bytes: (0..<image.height * image.width).map { image.floats[$0 * 3] > 105 ? 1 : 0 })
    return [RunLengthMask(pixels).box, RunLengthMask(map).box, sample.annotation.masks?.first?.box]
  }

  @Test(
    arguments: [
      ["type": "RandomFlip", "flip_prob": 1.0],
      ["type": "RandomFlip", "flip_prob": 1.0, "direction": "vertical"],
      ["type": "RandomFlip", "flip_prob": 0.0],
      ["type": "Resize", "size": [24, 40], "interpolation": "nearest"],
      ["type": "Resize", "size": [36, -1], "interpolation": "nearest"],
      ["type": "Pad", "size": [16, 24]],
      ["type": "Pad", "pad_to_square": true],
      ["type": "CenterCrop", "crop_size": [8, 14]],
      ["type": "RandomCrop", "size": [30, 30], "padding": [8, 7, 6, 11], "pad_if_needed": true],
    ] as [Config])
  func `pixels, boxes, masks and label map stay together`(config: Config) throws {
    for seed in 0..<4 {
      let sample = try transformed(config, seed: UInt64(seed))
      let expected = try #require(sample.annotation.boxes?.first)
      #expect(sample.annotation.labels == [5] && sample.annotation.ignored == [])
      for box in try boxes(sample) { #expect(box == expected, "\(config)") }
    }
  }

  @Test func `a random resized crop moves what it keeps and drops what it leaves`() throws {
    var kept = 0
    for seed in 0..<20 {
      let sample = try transformed(
        ["type": "RandomResizedCrop", "size": [48, 80], "interpolation": "nearest"],
        seed: UInt64(seed))
      let found = try boxes(sample)
      #expect(sample.annotation.boxes?.count == sample.annotation.labels?.count)
      guard let box = sample.annotation.boxes?.first else {
        #expect(found[0] == nil && found[1] == nil)
        continue
      }
      kept += 1
      for other in found {
        // Nearest neighbour moves an edge by less than a pixel of the original.
        let other = try #require(other)
        #expect(box.overlap(with: other) > 0.6)
      }
    }
    #expect(kept > 5)
  }

  @Test func `a resize notes its scale`() throws {
    let sample = try transformed(["type": "Resize", "size": [24, 30]])
    #expect(sample.meta.scaleFactor?.values == [1.5, 2, 1.5, 2])
    #expect(sample.meta.imageShape == [24, 30, 3] && sample.meta.originalShape == [12, 20, 3])
    let padded = try transformed(["type": "Pad", "size": [16, 24]])
    #expect(padded.meta.padShape == [16, 24, 3] && padded.meta.scaleFactor == nil)
    #expect(padded.annotation.segmentation?[15, 23] == 255)
  }

  @Test func `Collect keeps what its keys name`() throws {
    let all = try transformed([
      "type": "Collect",
      "keys": ["img", "gt_bboxes", "gt_labels", "gt_bboxes_ignore", "gt_masks", "gt_semantic_seg"],
    ])
    #expect(all.annotation == sample().annotation)
    let boxes = try transformed(["type": "Collect", "keys": ["img", "gt_bboxes"]])
    #expect(boxes.annotation == ImageAnnotation(boxes: sample().annotation.boxes))
    let error = #expect(throws: VisionError.self) {
      try transformed(["type": "Collect", "keys": ["img", "gt_label"]])
    }
    #expect(error?.description == "object: Collect: the sample has no 'gt_label'")
  }
}
