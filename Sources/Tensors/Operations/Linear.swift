internal import Kernels

/// `x` `[…, in]` times `weight` `[out, in]` transposed, plus `bias` `[out]`.
///
/// - Returns: `[…, out]`
public func linear(_ x: Tensor, weight: Parameter, bias: Parameter?) -> Tensor {
  precondition(
    weight.shape.rank == 2, "linear: weight of shape \(weight.shape) is not [out, in]")
  let (outputs, inputs) = (weight.shape[0], weight.shape[1])
  precondition(
    x.shape.rank > 0 && x.shape.dimensions.last == inputs,
    "linear: input has shape \(x.shape), weight expects \(inputs) features")
  let input = x.shape.rank == 4 ? x.arranged(.rowMajor) : x.detached
  let rows = x.shape.dimensions.dropLast().reduce(1, *)
  let output = Tensor.uninitialized(
    x.shape.replacing(axis: x.shape.rank - 1, with: outputs), on: x.device)
  if let bias {
    precondition(
      bias.shape.count == outputs, "linear: bias of shape \(bias.shape) for \(outputs) outputs")
    x.kernels.expand(
      bias.value.source, outer: 1, reduced: rows, inner: outputs, scale: 1, into: output.target)
  }
  x.kernels.multiply(
    rows: rows, columns: outputs, inner: inputs, input.source, transposesA: false,
    weight.value.source, transposesB: true, into: output.target, adds: bias != nil)
  return recorded(
    .linear(weight: weight, bias: bias), inputs: [x], parameters: [weight, bias], value: output
  ) { [node = x.trace?.node] gradient, tape in
    let kernels = gradient.kernels
    if weight.requiresGradient {
      let dw = weight.value.makeAlike()
      kernels.multiply(
        rows: outputs, columns: inputs, inner: rows, gradient.source, transposesA: true,
        input.source, transposesB: false, into: dw.target, adds: false)
      weight.accumulate(dw)
    }
    if let bias, bias.requiresGradient {
      let db = bias.value.makeAlike()
      kernels.reduce(
        gradient.source, outer: 1, reduced: rows, inner: outputs, scale: 1, into: db.target)
      bias.accumulate(db)
    }
    if tape.wantsGradient(at: node) {
      let dx = input.makeAlike()
      kernels.multiply(
        rows: rows, columns: inputs, inner: outputs, gradient.source, transposesA: false,
        weight.value.source, transposesB: false, into: dx.target, adds: false)
      tape.accumulate(dx, at: node)
    }
  }
}
