internal import Configs
internal import Tensors
internal import Vision

/// One image file as a network gets it: through the pipeline of the config's test set.
struct InputImage {
  /// `[1, C, H, W]`
  let tensor: Tensor

  /// - Throws: `ConfigError` when the config has no such pipeline, and `VisionError` when the file
  ///   cannot be read.
  init(
    _ file: String, config: Config, components: Components, task: VisionTask,
    on device: any Device
  ) throws {
    let path = ConfigPath(components: ["data", "test", "pipeline"])
    guard let transforms = config["data"]?["test"]?["pipeline"]?.items else {
      throw ConfigError.missingKey(path: "data.test", key: "pipeline")
    }
    let pipeline = try Pipeline(
      transforms, path: path, scope: task.scope,
      context: VisionContext(catalogs: components.vision, isTesting: true))
    var generator = Generator(seed: 0)
    let sample = try pipeline(
      Sample(index: 0, file: file, originalFile: file), generator: &generator)
    guard let image = (sample.views.first ?? sample).image else {
      throw ConfigError.invalidValue(path: path, message: "loads no image")
    }
    tensor = Tensor(
      channelsLast: image.floats, shape: [1, image.channels, image.height, image.width],
      on: device)
  }
}
