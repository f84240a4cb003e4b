public import Tensors
public import Vision
public import Zoo

extension Batch {
  /// The images as a network gets them, in memory of a device; those of the first view.
  public func input(on device: any Device) -> ImageInput { views[0].input(on: device) }
}

extension Batch.View {
  public func input(on device: any Device) -> ImageInput {
    ImageInput(images: pixels.tensor(on: device), metas: metas)
  }
}
