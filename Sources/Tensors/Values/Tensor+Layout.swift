internal import Kernels

/// Elements of a tensor in storage order, seen from one axis.
struct AxisView: Equatable {
  var outer: Int
  var extent: Int
  var inner: Int
}

extension Tensor {
  /// The spoken axes in the order in which they are stored, outermost first.
  var storedAxes: [Int] {
    layout == .channelsLast ? [0, 2, 3, 1] : Array(0..<shape.rank)
  }

  /// How the elements lie around `axis` (of the spoken shape).
  func view(ofAxis axis: Int) -> AxisView {
    var view = AxisView(outer: 1, extent: shape[axis], inner: 1)
    var isBehind = false
    for stored in storedAxes {
      if stored == axis {
        isBehind = true
      } else if isBehind {
        view.inner *= shape[stored]
      } else {
        view.outer *= shape[stored]
      }
    }
    return view
  }

  /// An axis counted from the end when negative, as Python does.
  func resolved(axis: Int) -> Int {
    let resolved = axis < 0 ? axis + shape.rank : axis
    precondition(
      (0..<shape.rank).contains(resolved), "axis \(axis) is not in shape \(shape)")
    return resolved
  }

  /// Whether both layouts put the elements of this rank-4 shape in the same order.
  private var isArrangedEitherWay: Bool {
    shape[1] == 1 || shape[2] * shape[3] == 1 || shape.count == 0
  }

  /// The same value off the tape, stored in `layout`.
  func arranged(_ layout: Layout) -> Tensor {
    guard layout != self.layout else { return detached }
    precondition(shape.rank == 4, "a change of layout needs rank 4, shape is \(shape)")
    if isArrangedEitherWay {
      return Tensor(storage: storage, shape: shape, dtype: dtype, layout: layout)
    }
    let result = Tensor.uninitialized(shape, layout: layout, on: device)
    let (channels, pixels) = (shape[1], shape[2] * shape[3])
    let toChannelsLast = layout == .channelsLast
    kernels.transpose(
      source, batch: shape[0], rows: toChannelsLast ? channels : pixels,
      columns: toChannelsLast ? pixels : channels, into: result.target)
    return result
  }

  /// The same value off the tape under another shape, elements in spoken order.
  func relabelled(_ shape: Shape) -> Tensor {
    precondition(
      shape.count == self.shape.count, "cannot reshape \(self.shape) to \(shape)")
    if shape == self.shape { return detached }
    let ordered = arranged(.rowMajor)
    let plain = ordered.seen(as: shape, layout: .rowMajor)
    // Pixels of one position are activations either way.
    return shape.rank == 4 && plain.isArrangedEitherWay ? plain.arranged(.channelsLast) : plain
  }

  /// The same memory, off the tape, under another shape.
  ///
  /// What is known of the elements, or how they are still to be computed, was meant for the former
  /// shape, with its images and channels.
  func seen(as shape: Shape, layout: Layout) -> Tensor {
    _ = storage.pointer
    storage.knowledge = nil
    return Tensor(storage: storage, shape: shape, dtype: dtype, layout: layout)
  }

  /// Off the tape, channels last when of rank 4.
  var activation: Tensor { shape.rank == 4 ? arranged(.channelsLast) : detached }
}
