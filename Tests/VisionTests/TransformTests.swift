import Annotations
import Configs
import Tensors
import Testing

@testable import Vision

@Suite struct TransformTests {
  let fixtures: TransformFixtures

  init() throws {
    fixtures = try TransformFixtures.shared.get()
  }

  private func build(_ config: Config) throws -> any Transform {
    try VisionCatalogs.builtIn.transforms.build(
      config, path: "pipeline.0", scope: .mmcls, context: VisionContext())
  }

  private func sample(_ name: String) throws -> Sample {
    Sample(index: 0, name: name, image: try fixtures.tensor(name).image)
  }

  /// How far a result may be from the recorded one.
  private func tolerance(_ config: JSON, _ recorded: TransformFixtures.Recorded) -> Float {
    if recorded.type == "F32" { return config["type"].text == "Normalize" ? 0 : 1e-4 }
    // The recorded bicubic went through another library.
    let isBicubic =
      config["interpolation"].text == "bicubic" && config["backend"].text != "pillow"
    return isBicubic ? 1 : 0
  }

  private func check(_ sample: Sample, against item: JSON) throws {
    let name = try #require(item["output"].text)
    let expected = try fixtures.tensor(name)
    let image = try #require(sample.image)
    let description = "\(item["config"].config)"
    if item["config"]["type"].text == "ImageToTensor" {
      // The recorded values are C·H·W; ours stay H·W·C.
      #expect([image.channels, image.height, image.width] == expected.shape)
      return
    }
    #expect([image.height, image.width] == Array(expected.shape[..<2]), "\(description)")
    let difference = largestDifference(image.floats, expected.floats)
    #expect(difference <= tolerance(item["config"], expected), "\(difference): \(description)")
    #expect((image.bytes == nil) == (expected.type == "F32"), "\(description)")
  }

  @Test func `transforms give the recorded pixels`() throws {
    var generator = Generator(seed: 0)
    for item in fixtures.cases(of: "transform") {
      var sample = try sample(try #require(item["input"].text))
      let config = item["config"]
      let steps = config["type"].text == "ComposeSteps" ? config["transforms"].array : [config]
      for step in steps {
        try build(step.config).apply(to: &sample, generator: &generator)
      }
      try check(sample, against: item)
      let isGray = sample.image?.channels == 1
      let recordedShape = item["img_shape"].ints
      #expect(sample.meta.imageShape == recordedShape + (isGray ? [1] : []))
      if case .bool(let flip) = item["flip"] {
        #expect(sample.meta.flip == flip)
        #expect(sample.meta.flipDirection?.rawValue == item["flip_direction"].text)
      }
    }
  }

  @Test func `a random resized crop scales the recorded boxes as recorded`() throws {
    for item in fixtures.cases(of: "random_resized_crop") {
      var sample = try sample(try #require(item["input"].text))
      let crop = try #require(try build(item["config"].config) as? RandomResizedCrop)
      let box = item["box"].ints
      let image = try #require(sample.image)
      try crop.crop(
        &sample, to: Region(left: box[1], top: box[0], right: box[3], bottom: box[2], in: image))
      try check(sample, against: item)
    }
  }

  @Test func `a random resized crop falls back to the recorded boxes`() throws {
    for item in fixtures.cases(of: "random_resized_crop_fallback") {
      let size = item["size"].ints
      let image = Image(
        width: size[1], height: size[0], channels: 1,
        bytes: [UInt8](repeating: 0, count: size[0] * size[1]))
      var config: Config = ["type": "RandomResizedCrop", "size": 8]
      config["ratio"] = item["ratio"].config
      let crop = try #require(try build(config) as? RandomResizedCrop)
      let region = crop.fallback(in: image)
      let box = [
        region.y, region.x, region.y + region.height - 1, region.x + region.width - 1,
      ]
      #expect(box == item["box"].ints)
    }
  }

  @Test func `a random crop pads as recorded`() throws {
    for item in fixtures.cases(of: "random_crop") {
      var sample = try sample(try #require(item["input"].text))
      let crop = try #require(try build(item["config"].config) as? RandomCrop)
      let padded = try crop.padded(try #require(sample.image))
      let (offset, shape) = (
        item["offset"].ints, try fixtures.tensor(try #require(item["output"].text)).shape
      )
      sample.image = padded.cropped(
        to: Region(x: offset[1], y: offset[0], width: shape[1], height: shape[0]))
      try check(sample, against: item)
    }
  }

  @Test func `a pipeline from file to tensor gives the recorded values`() throws {
    for item in fixtures.cases(of: "pipeline") {
      let name = try #require(item["file"].text)
      let pipeline = try Pipeline(
        item["config"].array.map(\.config), path: "pipeline", scope: .mmcls,
        context: VisionContext())
      let file = TransformFixtures.image(name)
      var generator = Generator(seed: 0)
      let sample = try pipeline(
        Sample(index: 0, file: file, originalFile: name), generator: &generator)
      let expected = try fixtures.tensor(try #require(item["output"].text))
      let batch = try Batch(joining: [sample], position: .init(epoch: 0, batch: 0))
      #expect(batch.pixels.shape.dimensions == [1] + expected.shape)
      let (channels, pixels) = (expected.shape[0], expected.shape[1] * expected.shape[2])
      let spoken = (0..<(channels * pixels)).map { index in
        batch.pixels.values[index % pixels * channels + index / pixels]
      }
      #expect(largestDifference(spoken, expected.floats) == 0, "\(name)")
      #expect(sample.meta.originalShape == item["ori_shape"].ints)
      #expect(sample.meta.imageShape == item["img_shape"].ints)
    }
  }

  @Test(
    arguments: [
      (["type": "Resize"], "pipeline.0.size: this key is required"),
      (
        ["type": "Resize", "size": 0],
        "pipeline.0.size: must be a number of pixels up to 65536 or a pair (height, width), "
          + "of which the width may be -1"
      ),
      (
        ["type": "Resize", "size": 8, "interpolation": "bilinar"],
        "pipeline.0.interpolation: must be one of nearest, bilinear, bicubic, area, lanczos, "
          + "not 'bilinar'; did you mean 'bilinear'?"
      ),
      (
        ["type": "Resize", "size": 8, "backend": "pillow", "interpolation": "area"],
        "pipeline.0.interpolation: must be one of nearest, bilinear, bicubic, box, lanczos, "
          + "hamming, not 'area'"
      ),
      (
        ["type": "RandomFlip", "flip_probe": 0.5],
        "pipeline.0.flip_probe: unknown key; did you mean 'flip_prob'?"
      ),
      (["type": "RandomFlip", "flip_prob": 1.5], "pipeline.0.flip_prob: must be between 0 and 1"),
      (
        ["type": "RandomFlop"],
        "pipeline.0.type: there is no pipeline named 'RandomFlop'; did you mean 'RandomFlip'?"
      ),
      (
        ["type": "RandomResizedCrop", "size": 8, "scale": [1, 0.5]],
        "pipeline.0.scale: must be a pair (min, max) with min <= max"
      ),
      (
        ["type": "Normalize", "mean": [1, 2, 3], "std": [1, 0, 1]],
        "pipeline.0.std: must not be zero"
      ),
      (
        ["type": "Collect", "keys": ["img", "gt_boxes"]],
        "pipeline.0.keys.1: a sample has no 'gt_boxes'; it has img, gt_label, gt_bboxes, gt_labels, "
          + "gt_bboxes_ignore, gt_masks, gt_semantic_seg; did you mean 'gt_bboxes'?"
      ),
      (["type": "Pad"], "pipeline.0: needs either size or pad_to_square=True"),
    ] as [(Config, String)])
  func `a wrong argument is an error with its place`(config: Config, message: String) {
    let error = #expect(throws: ConfigError.self) { try build(config) }
    #expect(error?.description == message)
  }

  @Test func `a crop larger than the picture is an error that names the file`() throws {
    var sample = try sample("t3")
    var generator = Generator(seed: 0)
    let crop = try build(["type": "RandomCrop", "size": 100])
    let error = #expect(throws: VisionError.self) {
      try crop.apply(to: &sample, generator: &generator)
    }
    #expect(error?.description.hasPrefix("t3: RandomCrop: a part of 100x100") == true)
  }

  @Test func `the same generator gives the same augmentation and another gives another`() throws {
    let pipeline = try Pipeline(
      [
        ["type": "RandomResizedCrop", "size": 24],
        ["type": "RandomFlip"],
        ["type": "ColorJitter", "brightness": 0.4, "contrast": 0.4, "saturation": 0.4],
        ["type": "RandomErasing", "mode": "rand"],
        ["type": "Cutout", "shape": 4],
        ["type": "RandomGrayscale", "gray_prob": 0.3],
        ["type": "Pad", "size": [30, 31]],
      ], path: "pipeline", scope: .mmcls, context: VisionContext())
    func image(_ seed: UInt64) throws -> Image? {
      var generator = Generator(seed: seed)
      return try pipeline(try sample("t0"), generator: &generator).image
    }
    #expect(try image(1) == image(1))
    #expect(try image(1) != image(2))
    #expect(try image(1)?.shape == [30, 31, 3])
  }

  @Test func `efficientnet style crops stay inside the picture`() throws {
    let pipeline = try Pipeline(
      [
        [
          "type": "RandomResizedCrop", "size": 24, "efficientnet_style": true,
          "interpolation": "bicubic", "backend": "pillow",
        ]
      ], path: "pipeline", scope: .mmcls, context: VisionContext())
    for seed in 0..<50 {
      var generator = Generator(seed: UInt64(seed))
      #expect(try pipeline(try sample("t3"), generator: &generator).image?.shape == [24, 24, 3])
    }
  }

  @Test func `a size that no picture can have is an error that names the file`() throws {
    let strip = Image(
      width: 30000, height: 1, channels: 1, bytes: [UInt8](repeating: 0, count: 30000))
    var sample = Sample(index: 0, name: "strip.png", image: strip)
    var generator = Generator(seed: 0)
    let resize = try build(["type": "Resize", "size": [500, -1]])
    let error = #expect(throws: VisionError.self) {
      try resize.apply(to: &sample, generator: &generator)
    }
    #expect(
      error?.description
        == "strip.png: Resize: a size of 15000000x500 pixels is not supported")
  }
}
