internal import Tensors

extension ConvModule {
  /// The whole block as a convolution of inference; `nil` where a part has observers or a cache,
  /// where the batch decides, or where the order is another one.
  func folded(on device: any Device) -> FoldedConv2d? {
    guard !isIntercepted, isPlainOrder, !hasInterceptedChild, let activation = fusedActivation
    else {
      return nil
    }
    let folding = norm?.folded(on: device)
    guard folding != nil || norm == nil else { return nil }
    return FoldedConv2d(
      weight: conv.convolutionWeight, bias: conv.bias, conv.geometry, norm: folding,
      activation: activation)
  }

  var isPointwise: Bool {
    conv.convolutionWeight.shape[2] == 1 && conv.convolutionWeight.shape[3] == 1
      && conv.geometry.groups == 1
  }

  var isDepthwise: Bool { conv.geometry.groups > 1 }
}
