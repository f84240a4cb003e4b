internal import COneDNN

/// A oneDNN convolution for one geometry, with the memory objects that it is called with.
final class ConvolutionPrimitive {
  private let key: ConvolutionKey
  private unowned let library: OneDNN
  private let primitive: dnnl_primitive_t
  /// Input and output, or their gradients.
  private let image: MemoryHandle
  private let result: MemoryHandle
  private let bias: MemoryHandle
  private let scratchpad: MemoryHandle
  private let scratchpadSize: Int
  /// The plain `[O, I, kH, kW]` and the arrangement that the primitive wants.
  private let plainWeights: MemoryHandle
  private let packedDescription: dnnl_memory_desc_t
  private let needsPacking: Bool
  /// Between plain and packed; from packed to plain for weight gradients.
  private let reorder: ReorderHandle

  init(_ key: ConvolutionKey, library: OneDNN) {
    self.key = key
    self.library = library
    let descriptions = ConvolutionDescriptions(key)
    let description = descriptions.primitiveDescription(key, library: library)
    defer { dnnl_primitive_desc_destroy(description) }
    var primitive: dnnl_primitive_t?
    library.attempt("\(key)") { dnnl_primitive_create(&primitive, description) }
    guard let primitive else { preconditionFailure("oneDNN gave no primitive for \(key)") }
    self.primitive = primitive

    func query(_ what: dnnl_query_t) -> dnnl_memory_desc_t {
      guard let found = dnnl_primitive_desc_query_md(description, what, 0) else {
        preconditionFailure("oneDNN describes no memory \(what) for \(key)")
      }
      return found.pointee
    }
    image = MemoryHandle(descriptions.image, library: library, at: nil)
    result = MemoryHandle(descriptions.result, library: library, at: nil)
    bias = MemoryHandle(descriptions.bias, library: library, at: nil)
    plainWeights = MemoryHandle(descriptions.weights, library: library, at: nil)
    let isGradient = key.direction == .backwardWeights
    packedDescription = query(isGradient ? dnnl_query_diff_weights_md : dnnl_query_weights_md)
    needsPacking = !packedDescription.describesSameMemory(as: descriptions.weights)
    reorder =
      isGradient
      ? ReorderHandle(from: packedDescription, to: descriptions.weights, library: library)
      : ReorderHandle(from: descriptions.weights, to: packedDescription, library: library)
    let scratch = query(dnnl_query_scratchpad_md)
    scratchpadSize = scratch.byteCount
    scratchpad = MemoryHandle(scratch, library: library, at: nil)
  }

  deinit {
    dnnl_primitive_destroy(primitive)
  }

  /// - Parameter scale: a factor of each output channel's weights.
  func forward(
    _ x: Elements, weight: WeightOperand, scale: [Float]?, bias biasValues: Source?,
    into y: MutableElements
  ) {
    image.point(to: x)
    result.point(to: y.address)
    var arguments = [
      dnnl_exec_arg_t(arg: DNNL_ARG_SRC, memory: image.object),
      dnnl_exec_arg_t(arg: DNNL_ARG_DST, memory: result.object),
    ]
    if let biasValues {
      bias.point(toSource: biasValues)
      arguments.append(dnnl_exec_arg_t(arg: DNNL_ARG_BIAS, memory: bias.object))
    }
    let weights = packed(weight, scale: scale)
    withExtendedLifetime(weights) {
      arguments.append(dnnl_exec_arg_t(arg: DNNL_ARG_WEIGHTS, memory: weightObject(weights)))
      run(&arguments)
    }
  }

  func backwardData(gradient dy: Elements, weight: WeightOperand, into dx: MutableElements) {
    image.point(to: dx.address)
    result.point(to: dy)
    let weights = packed(weight, scale: nil)
    withExtendedLifetime(weights) {
      var arguments = [
        dnnl_exec_arg_t(arg: DNNL_ARG_DIFF_SRC, memory: image.object),
        dnnl_exec_arg_t(arg: DNNL_ARG_DIFF_DST, memory: result.object),
        dnnl_exec_arg_t(arg: DNNL_ARG_WEIGHTS, memory: weightObject(weights)),
      ]
      run(&arguments)
    }
  }

  func backwardWeights(
    _ x: Elements, gradient dy: Elements, into dw: Target, bias db: Target?
  ) {
    image.point(to: x)
    result.point(to: dy)
    plainWeights.point(to: dw)
    var arguments = [
      dnnl_exec_arg_t(arg: DNNL_ARG_SRC, memory: image.object),
      dnnl_exec_arg_t(arg: DNNL_ARG_DIFF_DST, memory: result.object),
    ]
    if let db {
      bias.point(to: db)
      arguments.append(dnnl_exec_arg_t(arg: DNNL_ARG_DIFF_BIAS, memory: bias.object))
    }
    guard needsPacking else {
      arguments.append(
        dnnl_exec_arg_t(arg: DNNL_ARG_DIFF_WEIGHTS, memory: plainWeights.object))
      run(&arguments)
      return
    }
    let gradient = PackedCopy(packedDescription, library: library)
    arguments.append(
      dnnl_exec_arg_t(arg: DNNL_ARG_DIFF_WEIGHTS, memory: gradient.memory.object))
    withExtendedLifetime(gradient) {
      run(&arguments)
      library.execute(
        reorder.primitive,
        [
          dnnl_exec_arg_t(arg: DNNL_ARG_FROM, memory: gradient.memory.object),
          dnnl_exec_arg_t(arg: DNNL_ARG_TO, memory: plainWeights.object),
        ], "reorder")
    }
  }

  private func run(_ arguments: inout [dnnl_exec_arg_t]) {
    if scratchpadSize > 0 {
      scratchpad.point(to: library.scratchpad(byteCount: scratchpadSize))
      arguments.append(
        dnnl_exec_arg_t(arg: DNNL_ARG_SCRATCHPAD, memory: scratchpad.object))
    }
    library.execute(primitive, arguments, "\(key.direction) convolution")
  }

  // MARK: Packing

  /// What tells arrangements of one weight apart: which primitive wants it, and its factors.
  private struct Arrangement: Hashable {
    let primitive: ObjectIdentifier
    let isScaled: Bool
  }

  /// A copy of the weights as the primitive wants them; `nil` when the plain ones serve.
  private func packed(_ weight: WeightOperand, scale: [Float]?) -> PackedCopy? {
    plainWeights.point(toSource: weight.values)
    guard needsPacking || scale != nil else { return nil }
    let arrangement = Arrangement(primitive: ObjectIdentifier(self), isScaled: scale != nil)
    let shelf = weight.packed.shelf(of: ObjectIdentifier(library))
    if let copy = shelf.copies[arrangement] as? PackedCopy {
      if copy.version != weight.version || copy.scale != scale {
        fill(copy, from: weight, scale: scale)
      }
      return copy
    }
    if shelf.copies.count >= PackedCopy.limit { shelf.copies.removeAll() }
    let copy = PackedCopy(packedDescription, library: library)
    copy.owner = self
    fill(copy, from: weight, scale: scale)
    shelf.copies[arrangement] = copy
    return copy
  }

  private func fill(_ copy: PackedCopy, from weight: WeightOperand, scale: [Float]?) {
    copy.version = weight.version
    copy.scale = scale
    let count = key.problem.weightCount
    var scaled: PoolBlock?
    if let scale {
      let block = library.weightBlock(byteCount: count * MemoryLayout<Float>.stride)
      let perChannel = count / key.problem.outputChannels
      for channel in 0..<key.problem.outputChannels {
        for index in (channel * perChannel)..<((channel + 1) * perChannel) {
          block.floats[index] = weight.values[index] * scale[channel]
        }
      }
      scaled = block
    }
    let values = scaled.map { UnsafePointer($0.floats) } ?? weight.values
    plainWeights.point(toSource: values)
    library.execute(
      reorder.primitive,
      [
        dnnl_exec_arg_t(arg: DNNL_ARG_FROM, memory: plainWeights.object),
        dnnl_exec_arg_t(arg: DNNL_ARG_TO, memory: copy.memory.object),
      ], "reorder")
    withExtendedLifetime(scaled) {}
  }

  private func weightObject(_ copy: PackedCopy?) -> dnnl_memory_t {
    copy?.memory.object ?? plainWeights.object
  }
}

/// Weights in an arrangement of oneDNN's choice.
final class PackedCopy {
  /// Copies of one weight to keep: a sliced weight takes part in several geometries.
  static let limit = 32

  let block: PoolBlock
  let memory: MemoryHandle
  var version = -1
  var scale: [Float]?
  /// Keeps the primitive, whose identity names this copy, from being replaced by another.
  var owner: ConvolutionPrimitive?

  init(_ description: dnnl_memory_desc_t, library: OneDNN) {
    block = library.weightBlock(byteCount: description.byteCount)
    memory = MemoryHandle(description, library: library, at: block.pointer)
  }
}
