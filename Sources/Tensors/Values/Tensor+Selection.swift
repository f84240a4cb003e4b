internal import Kernels

extension Tensor {
  /// The selected positions along the first axes; `nil` for all of an axis. Off the tape.
  ///
  /// Where they are the first ones, side by side, the result shares this tensor's memory.
  ///
  /// - Parameter device: where other results lie; this tensor's unless given.
  public func selecting(
    _ selections: [ChannelSelection?], on device: (any Device)? = nil
  ) -> Tensor {
    let pattern = SelectedBlocks(selections, in: self)
    if let offset = pattern.contiguousOffset, offset == 0 {
      return Tensor(storage: storage, shape: pattern.partShape, dtype: dtype)
    }
    let part = Tensor.uninitialized(pattern.partShape, on: device ?? self.device)
    let (source, target, kernels) = (source, part.target, part.kernels)
    pattern.forEachRun { whole, compact, run in
      kernels.copy(run.reading, source + whole, to: target + compact)
    }
    return part
  }

  /// Writes `part` to the selected positions, or adds it to what is there.
  public func write(_ part: Tensor, at selections: [ChannelSelection?], adds: Bool = false) {
    let pattern = SelectedBlocks(selections, in: self)
    precondition(
      part.shape == pattern.partShape,
      "a part of shape \(part.shape) for \(pattern.partShape) selected of \(shape)")
    let (source, target) = (part.source, target)
    withExtendedLifetime(part) {
      pattern.forEachRun { whole, compact, run in
        if adds {
          kernels.add(run.writing, source + compact, to: target + whole)
        } else {
          kernels.copy(run.writing, source + compact, to: target + whole)
        }
      }
    }
  }
}

/// Where the selected elements of a row-major tensor lie: equal runs at equal distances for each
/// pair of ranges on its first two axes.
private struct SelectedBlocks {
  struct Run {
    /// From the whole tensor into the compact one.
    let reading: Blocks
    /// The other way.
    let writing: Blocks
  }

  let partShape: Shape
  private let rows: ChannelSelection
  private let columns: ChannelSelection
  /// Elements of one position on the second axis.
  private let inner: Int

  init(_ selections: [ChannelSelection?], in tensor: Tensor) {
    let shape = tensor.shape
    precondition(
      tensor.layout == .rowMajor && !shape.dimensions.isEmpty,
      "positions of shape \(shape) in layout \(tensor.layout) cannot be selected")
    precondition(
      selections.dropFirst(2).allSatisfy { $0 == nil } && selections.count <= shape.rank,
      "\(selections.count) selections for shape \(shape): only two axes can be narrowed")
    func selection(_ axis: Int, _ extent: Int) -> ChannelSelection {
      guard axis < selections.count, let selection = selections[axis] else {
        return .all(of: extent)
      }
      precondition(
        selection.total == extent,
        "a selection \(selection) on axis \(axis) of shape \(shape)")
      return selection
    }
    rows = selection(0, shape[0])
    columns = selection(1, shape.rank > 1 ? shape[1] : 1)
    inner = shape.dimensions.dropFirst(2).reduce(1, *)
    var part = shape.replacing(axis: 0, with: rows.count)
    if shape.rank > 1 { part = part.replacing(axis: 1, with: columns.count) }
    partShape = part
  }

  /// The first element's place, if the selected ones lie side by side.
  var contiguousOffset: Int? {
    guard columns.isAll, rows.ranges.count == 1 else { return nil }
    return rows.ranges[0].lowerBound * columns.total * inner
  }

  /// - Parameter body: gets the first element's place in the whole and in the compact tensor.
  func forEachRun(_ body: (_ whole: Int, _ compact: Int, Run) -> Void) {
    let (wholeRow, compactRow) = (columns.total * inner, columns.count * inner)
    var row = 0
    for rowRange in rows.ranges {
      var column = 0
      for columnRange in columns.ranges {
        let length = columnRange.count * inner
        let isWhole = columns.isAll
        body(
          rowRange.lowerBound * wholeRow + columnRange.lowerBound * inner,
          row * compactRow + column * inner,
          Run(
            reading: Blocks(
              length: isWhole ? length * rowRange.count : length,
              count: isWhole ? 1 : rowRange.count, sourceStride: wholeRow,
              targetStride: compactRow),
            writing: Blocks(
              length: isWhole ? length * rowRange.count : length,
              count: isWhole ? 1 : rowRange.count, sourceStride: compactRow,
              targetStride: wholeRow)))
        column += columnRange.count
      }
      row += rowRange.count
    }
  }
}
