internal import Kernels

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Foundation
#endif

/// One step of stochastic gradient descent on one parameter, in one pass over memory.
///
/// A parameter that never had a gradient stays as it is; a gradient of zeros still lets weight
/// decay and momentum act, as in PyTorch 1.x.
///
/// - Parameter momentumBuffer: made at the first step when `momentum` is not 0.
public func sgdUpdate(
  _ p: Parameter, momentumBuffer: inout Tensor?, learningRate: Float, momentum: Float,
  dampening: Float, weightDecay: Float, nesterov: Bool
) {
  let gradient: Tensor?
  switch p.gradient {
  case .none: return
  case .zero: gradient = nil
  case .value(let tensor): gradient = tensor
  }
  let isFirst = momentumBuffer == nil
  if momentum != 0 && isFirst { momentumBuffer = p.value.makeAlike() }
  let buffer = momentum != 0 ? momentumBuffer : nil
  let value = p.value
  value.kernels.updateSGD(
    SGDRule(
      learningRate: learningRate, momentum: momentum, dampening: dampening,
      weightDecay: weightDecay, nesterov: nesterov),
    value: value.target, gradient: gradient?.source, buffer: buffer?.target, isFirst: isFirst,
    count: value.shape.count)
  withExtendedLifetime((gradient, buffer)) {}
  p.markChanged()
}

/// The norm of all gradients taken together.
///
/// - Parameter type: 2, or infinity for the largest magnitude; any other power works as well.
public func gradientNorm(_ parameters: [Parameter], type: Double) -> Double {
  var result = 0.0
  for parameter in parameters {
    guard case .value(let gradient) = parameter.gradient else { continue }
    let (kernels, count) = (gradient.kernels, gradient.shape.count)
    if type == .infinity {
      let largest = Double(kernels.largestMagnitude(gradient.source, count: count))
      result = largest.isNaN || largest > result ? largest : result
    } else if type == 2 {
      result += kernels.sumOfSquares(gradient.source, count: count)
    } else {
      let powers = gradient.abs().pow(Float(type))
      result += kernels.sum(powers.source, count: count)
    }
  }
  if type == .infinity { return result }
  return type == 2 ? result.squareRoot() : Glibc.pow(result, 1 / type)
}

/// Multiplies all gradients by `factor`.
public func scaleGradients(_ parameters: [Parameter], by factor: Float) {
  for parameter in parameters {
    guard case .value(let gradient) = parameter.gradient else { continue }
    gradient.kernels.apply(
      .affine(scale: factor, shift: 0), gradient.source, into: gradient.target,
      count: gradient.shape.count)
  }
}
