internal import COneDNN

/// The memory that a convolution works on, and what oneDNN is asked to compute with it.
struct ConvolutionDescriptions {
  let image: dnnl_memory_desc_t
  let result: dnnl_memory_desc_t
  let bias: dnnl_memory_desc_t
  /// The plain arrangement, and one that leaves the choice to the primitive.
  let weights: dnnl_memory_desc_t
  private let anyWeights: dnnl_memory_desc_t
  private let problem: ConvolutionProblem

  init(_ key: ConvolutionKey) {
    let problem = key.problem
    self.problem = problem
    let (input, output) = (problem.inputSize, problem.outputSize)
    image = dnnl_memory_desc_t(
      [problem.images, problem.inputChannels, input.x, input.y], key.image, tag: dnnl_nhwc)
    result = dnnl_memory_desc_t(
      [problem.images, problem.outputChannels, output.x, output.y], key.result,
      tag: dnnl_nhwc)
    bias = dnnl_memory_desc_t([problem.outputChannels], tag: dnnl_x)
    let (groups, kernel) = (problem.groups, problem.kernel)
    let perGroup = [
      problem.outputChannels / groups, problem.inputChannels / groups, kernel.x, kernel.y,
    ]
    let extents = groups == 1 ? perGroup : [groups] + perGroup
    weights = dnnl_memory_desc_t(extents, tag: groups == 1 ? dnnl_oihw : dnnl_goihw)
    anyWeights = dnnl_memory_desc_t(
      extents, key.direction == .backwardWeights ? .float32 : key.multiplied,
      tag: dnnl_format_tag_any)
  }

  /// The caller destroys it.
  func primitiveDescription(
    _ key: ConvolutionKey, library: OneDNN
  ) -> dnnl_primitive_desc_t {
    var operation = self.operation(key)
    let attributes = makeAttributes(key.activation)
    defer { dnnl_primitive_attr_destroy(attributes) }
    // Gradients are described with the forward pass as a hint.
    var hint: dnnl_primitive_desc_t?
    if key.direction != .forward {
      let hinted = ConvolutionKey(
        problem: problem, direction: .forward, hasBias: key.hasBias, activation: .identity,
        image: key.multiplied, result: key.multiplied)
      var forward = ConvolutionDescriptions(hinted).operation(hinted)
      library.attempt("hint for \(key)") {
        dnnl_primitive_desc_create(&hint, &forward, nil, library.engine, nil)
      }
    }
    defer { dnnl_primitive_desc_destroy(hint) }
    var description: dnnl_primitive_desc_t?
    library.attempt("\(key)") {
      dnnl_primitive_desc_create(&description, &operation, attributes, library.engine, hint)
    }
    guard let description else { preconditionFailure("oneDNN cannot compute \(key)") }
    return description
  }

  private func operation(_ key: ConvolutionKey) -> dnnl_convolution_desc_t {
    var operation = dnnl_convolution_desc_t()
    let (stride, padding) = (dimensions(problem.stride), dimensions(problem.padding))
    let dilation = dimensions(problem.dilation &- 1)
    // What the last window does not reach is negative padding at the end.
    let reach = problem.dilation &* (problem.kernel &- 1) &+ 1
    let end = dimensions(
      (problem.outputSize &- 1) &* problem.stride &+ reach &- problem.inputSize
        &- problem.padding)
    var (image, result, weights, bias) = (image, result, anyWeights, bias)
    let status = withUnsafePointer(to: &bias) { pointer in
      let bias = key.hasBias ? pointer : nil
      return switch key.direction {
      case .forward:
        dnnl_dilated_convolution_forward_desc_init(
          &operation, dnnl_forward_training, dnnl_convolution_direct, &image, &weights, bias,
          &result, stride, dilation, padding, end)
      case .backwardData:
        dnnl_dilated_convolution_backward_data_desc_init(
          &operation, dnnl_convolution_direct, &image, &weights, &result, stride, dilation,
          padding, end)
      case .backwardWeights:
        dnnl_dilated_convolution_backward_weights_desc_init(
          &operation, dnnl_convolution_direct, &image, &weights, bias, &result, stride,
          dilation, padding, end)
      }
    }
    checkOneDNN(status, "description of \(key)")
    return operation
  }

  private func dimensions(_ pair: SIMD2<Int>) -> [dnnl_dim_t] {
    [dnnl_dim_t(pair.x), dnnl_dim_t(pair.y)]
  }

  private func makeAttributes(_ activation: PointwiseFunction) -> dnnl_primitive_attr_t? {
    var attributes: dnnl_primitive_attr_t?
    checkOneDNN(dnnl_primitive_attr_create(&attributes), "attributes")
    checkOneDNN(
      dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user),
      "scratchpad mode")
    let steps = activation.postOperations
    guard !steps.isEmpty else { return attributes }
    var operations: dnnl_post_ops_t?
    checkOneDNN(dnnl_post_ops_create(&operations), "post operations")
    for (algorithm, alpha, beta) in steps {
      checkOneDNN(
        dnnl_post_ops_append_eltwise(operations, 1, algorithm, alpha, beta), "\(activation)")
    }
    checkOneDNN(dnnl_primitive_attr_set_post_ops(attributes, operations), "post operations")
    dnnl_post_ops_destroy(operations)
    return attributes
  }
}

extension PointwiseFunction {
  /// The function as oneDNN's elementwise operations with their two constants.
  fileprivate var postOperations: [(dnnl_alg_kind_t, Float, Float)] {
    switch self {
    case .identity: []
    case .relu: [(dnnl_eltwise_relu, 0, 0)]
    case .relu6: [(dnnl_eltwise_clip, 0, 6)]
    case .hardSwish: [(dnnl_eltwise_hardswish, 0, 0)]
    case .hardSigmoid(let bias, let divisor, let minimum, let maximum):
      [(dnnl_eltwise_linear, 1 / divisor, bias / divisor), (dnnl_eltwise_clip, minimum, maximum)]
    case .sigmoid: [(dnnl_eltwise_logistic, 0, 0)]
    case .swish: [(dnnl_eltwise_swish, 1, 0)]
    case .tanh: [(dnnl_eltwise_tanh, 0, 0)]
    case .leakyReLU(let slope): [(dnnl_eltwise_relu, slope, 0)]
    case .gelu: [(dnnl_eltwise_gelu_erf, 0, 0)]
    case .affine(let scale, let shift): [(dnnl_eltwise_linear, scale, shift)]
    case .exp: [(dnnl_eltwise_exp, 0, 0)]
    case .log: [(dnnl_eltwise_log, 0, 0)]
    case .squareRoot: [(dnnl_eltwise_sqrt, 0, 0)]
    case .magnitude: [(dnnl_eltwise_abs, 0, 0)]
    case .power(let exponent): [(dnnl_eltwise_pow, 1, exponent)]
    case .quotient(let numerator): [(dnnl_eltwise_pow, numerator, -1)]
    case .clamp(let minimum, let maximum): [(dnnl_eltwise_clip, minimum, maximum)]
    }
  }
}
