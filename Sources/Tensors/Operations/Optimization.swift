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

/// One step of Adam (Kingma & Ba, 2015) or AdamW (Loshchilov & Hutter, 2019) on one parameter, in
/// one pass over memory.
///
/// A parameter that never had a gradient stays as it is.
///
/// - Parameters:
///   - step: counted from 1, for the bias corrections.
///   - first, second, largest: the running averages, shaped as the parameter and changed in place;
///     `largest` for AMSGrad.
///   - weightDecay: joins the gradient, or shrinks the value where `decouplesWeightDecay`.
public func adamUpdate(
  _ p: Parameter, step: Int, first: Tensor, second: Tensor, largest: Tensor?,
  learningRate: Double, betas: (Double, Double), epsilon: Double, weightDecay: Double,
  decouplesWeightDecay: Bool, maximize: Bool
) {
  let gradient: Tensor?
  switch p.gradient {
  case .none: return
  case .zero: gradient = nil
  case .value(let tensor): gradient = tensor
  }
  let value = p.value
  let (firstRest, secondRest) = (
    1 - Glibc.pow(betas.0, Double(step)), 1 - Glibc.pow(betas.1, Double(step))
  )
  value.kernels.updateAdam(
    AdamRule(
      sign: maximize ? -1 : 1,
      shrink: decouplesWeightDecay ? Float(1 - learningRate * weightDecay) : 1,
      decay: decouplesWeightDecay ? 0 : Float(weightDecay),
      betas: (Float(betas.0), Float(betas.1)), rests: (Float(1 - betas.0), Float(1 - betas.1)),
      stepSize: Float(learningRate / firstRest),
      secondScale: Float(1 / secondRest.squareRoot()), epsilon: Float(epsilon)),
    value: value.target, gradient: gradient?.source,
    moments: AdamMoments(first: first.target, second: second.target, largest: largest?.target),
    count: value.shape.count)
  withExtendedLifetime((gradient, first, second, largest)) {}
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
