public import Tensors

/// The report of a training pass, in order. Entries whose name contains `loss` are summed up and
/// differentiated; the others are only logged.
public typealias Losses = [(name: String, value: Tensor)]
