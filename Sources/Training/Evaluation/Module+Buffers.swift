internal import NN
internal import Tensors

extension Module {
  /// Runs `body` and then gives every buffer back the value it had before.
  ///
  /// A supernet is evaluated with the statistics of the batch, which moves its running ones; what
  /// training leaves in a model must not depend on how often it was evaluated, or a resumed run
  /// would end elsewhere than an uninterrupted one.
  func restoringBuffers<Value>(_ body: () throws -> Value) rethrows -> Value {
    let buffers = namedModules().flatMap { $0.module.buffers.map(\.buffer) }
    let before = buffers.map(\.value.copied)
    defer {
      for (buffer, value) in zip(buffers, before) { buffer.value = value }
    }
    return try body()
  }
}

extension Tensor {
  /// The same value in memory of its own.
  fileprivate var copied: Tensor {
    let copy = Tensor.uninitialized(shape, dtype: dtype, layout: layout, on: device)
    copy.storage.pointer.copyMemory(
      from: storage.pointer, byteCount: shape.count * dtype.byteCount)
    return copy
  }
}
