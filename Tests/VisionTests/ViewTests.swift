import Annotations
import Configs
import Tensors
import Testing

@testable import Vision

@Suite struct ViewTests {
  private func build(_ config: Config) throws -> any Transform {
    try VisionContext().catalogs.transforms.build(
      config, path: "pipeline.1", scope: .mmdet, context: VisionContext())
  }

  private func sample() -> Sample {
    Sample(
      index: 4, name: "image",
      image: Image(width: 2, height: 1, channels: 1, bytes: [1, 2]),
      annotation: ImageAnnotation(boxes: [Box(x1: 0, y1: 0, x2: 1, y2: 1)], labels: [0]))
  }

  @Test func `each scale is seen plain and then mirrored`() throws {
    let augmentation = try build([
      "type": "MultiScaleFlipAug", "img_scale": [.tuple([8, 6]), .tuple([4, 3])], "flip": true,
      "flip_direction": ["horizontal", "diagonal"],
      "transforms": [
        ["type": "mmcls.RandomFlip", "flip_prob": 0.0],
        ["type": "Normalize", "mean": [1], "std": [2], "to_rgb": false],
        ["type": "ImageToTensor", "keys": ["img"]], ["type": "Collect", "keys": ["img"]],
      ],
    ])
    var sample = sample()
    var generator = Generator(seed: 0)
    try augmentation.apply(to: &sample, generator: &generator)
    #expect(sample.image == nil && sample.annotation.labels == [0])
    #expect(sample.views.map(\.meta.flip) == [false, true, true, false, true, true])
    let scales = sample.views.map { $0.request?.scale }
    #expect(scales[0] == Extent(height: 6, width: 8) && scales[3] == Extent(height: 3, width: 4))
    let batch = try Batch(
      joining: [sample, sample], position: Batch.Position(epoch: 0, batch: 0))
    #expect(batch.views.count == 6 && batch.indices == [4, 4])
    #expect(batch.views[0].pixels.values == [0, 0.5, 0, 0.5])
    #expect(batch.views[1].pixels.values == [0.5, 0, 0.5, 0])
  }

  @Test func `factors multiply the scale or stand alone`() throws {
    func requests(_ more: [String: Config]) throws -> [ViewRequest?] {
      var config: Config = ["type": "MultiScaleFlipAug", "transforms": []]
      for (key, value) in more { config[key] = value }
      var sample = sample()
      var generator = Generator(seed: 0)
      try build(config).apply(to: &sample, generator: &generator)
      return sample.views.map(\.request)
    }
    #expect(
      try requests(["img_scale": .tuple([256, 128]), "img_ratios": [0.5, 1.75]]) == [
        ViewRequest(scale: Extent(height: 64, width: 128)),
        ViewRequest(scale: Extent(height: 224, width: 448)),
      ])
    #expect(
      try requests(["img_ratios": 0.5, "img_scale": nil]) == [ViewRequest(ratio: 0.5)])
    for (config, message) in [
      ([:], "pipeline.1.img_scale: this key is required"),
      (["img_scale": [8]], "pipeline.1.img_scale: must be pairs (width, height)"),
      (["scale_factor": 0.0], "pipeline.1.scale_factor: must be positive"),
    ] as [([String: Config], String)] {
      let error = #expect(throws: ConfigError.self) { try requests(config) }
      #expect(error?.description.hasPrefix(message) == true)
    }
  }
}
