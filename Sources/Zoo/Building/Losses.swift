public import Tensors

/// What a training pass reports, in order. Entries whose name contains `loss` are summed up and
/// differentiated; the others are only logged.
public typealias Losses = [(name: String, value: Tensor)]
