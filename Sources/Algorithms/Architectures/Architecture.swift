public import Annotations
public import Configs
public import NN
public import Tensors
public import Vision
public import Zoo

/// A model of one task, seen by an algorithm: it gives losses to minimise, and predictions.
public protocol Architecture: Module {
  /// The network itself, registered as `model`.
  var model: Module { get }
  /// The channels of the images that it takes.
  var inChannels: Int { get }

  /// The losses of a training pass.
  ///
  /// - Parameters:
  ///   - input: images of `inChannels` channels, on a tape if gradients are wanted.
  ///   - annotations: what is known of each image.
  /// - Throws: ``ArchitectureError/missingFacet(architecture:facet:)``, or what losses throw.
  func losses(_ input: ImageInput, _ annotations: [ImageAnnotation]) throws -> Losses

  /// The network's prediction for each image.
  func predictions(_ input: ImageInput) throws -> [Prediction]

  /// One prediction for each image that was augmented to several views.
  ///
  /// - Throws: ``ArchitectureError/severalViews(architecture:count:)`` where predictions of
  ///   several views cannot be joined.
  func predictions(ofViews views: [ImageInput]) throws -> [Prediction]

  /// Checks that the parts of the network fit together.
  ///
  /// - Parameter path: the architecture's place in the config.
  /// - Throws: `ConfigError` that names the key to change.
  func checkFit(path: ConfigPath, on device: any Device) throws

  /// Builds the architecture of another network of the same task: a teacher.
  ///
  /// - Parameter config: of the network, as `model` of an architecture.
  func sibling(
    _ config: Config, path: ConfigPath, in context: BuildContext
  ) throws -> any Architecture

  /// The tensors that the network gives for images, by name.
  func outputs(_ images: Tensor) -> [(name: String, value: Tensor)]

  /// The forward pass whose cost counts, as upstream's `forward_dummy`.
  func forwardForCounting(_ images: Tensor)
}

extension Architecture {
  public func predictions(ofViews views: [ImageInput]) throws -> [Prediction] {
    guard views.count == 1 else {
      throw ArchitectureError.severalViews(
        architecture: String(describing: Self.self), count: views.count)
    }
    return try predictions(views[0])
  }

  /// The network's prediction for each image of a batch.
  public func predictions(of batch: Batch, on device: any Device) throws -> [Prediction] {
    try predictions(ofViews: batch.views.map { $0.input(on: device) })
  }

  /// Checks an `input_shape`: channels, height and width of an image that the network takes.
  ///
  /// - Throws: `ConfigError` that names `path`.
  func check(_ inputShape: Shape, path: ConfigPath) throws(ConfigError) {
    guard inputShape.rank == 3, inputShape.dimensions.allSatisfy({ $0 > 0 }) else {
      throw .invalidValue(path: path, message: "expected (channels, height, width)")
    }
    guard inputShape[0] == inChannels else {
      throw .invalidValue(
        path: path,
        message: "has \(inputShape[0]) channels, but the network takes images of \(inChannels)")
    }
  }
}
