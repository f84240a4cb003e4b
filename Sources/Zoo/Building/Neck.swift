public import NN

/// Works on a backbone's feature maps before the head gets them, `[Tensor]` to `[Tensor]`.
public protocol Neck: ListLayer {}
