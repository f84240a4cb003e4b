/// Rearrangements of values that are stored row by row; the same for labels of every width.
struct Grid<Value: Sendable & Equatable>: Sendable, Equatable {
  let extent: Extent
  private(set) var values: [Value]

  init(extent: Extent, values: [Value]) {
    precondition(
      extent.height >= 0 && extent.width >= 0 && values.count == extent.height * extent.width,
      "\(values.count) values cannot fill \(extent.height)x\(extent.width)")
    self.extent = extent
    self.values = values
  }

  subscript(row row: Int) -> ArraySlice<Value> {
    values[row * extent.width..<(row + 1) * extent.width]
  }

  func flipped(_ direction: FlipDirection) -> Grid {
    var result: [Value] = []
    result.reserveCapacity(values.count)
    for row in 0..<extent.height {
      let source = self[row: direction.mirrorsRows ? extent.height - 1 - row : row]
      if direction.mirrorsColumns {
        result.append(contentsOf: source.reversed())
      } else {
        result.append(contentsOf: source)
      }
    }
    return Grid(extent: extent, values: result)
  }

  /// The values under the new pixels' upper left corners, as OpenCV's nearest neighbour.
  func resized(to target: Extent) -> Grid {
    func places(_ old: Int, _ new: Int) -> [Int] {
      let step = 1 / (Double(new) / Double(old))
      return (0..<new).map { min(Int(Double($0) * step), old - 1) }
    }
    precondition(
      values.isEmpty == false || target.height * target.width == 0,
      "nothing cannot be resized to \(target.height)x\(target.width)")
    let columns = places(extent.width, target.width)
    var result: [Value] = []
    result.reserveCapacity(target.height * target.width)
    for row in places(extent.height, target.height) {
      let start = row * extent.width
      for column in columns { result.append(values[start + column]) }
    }
    return Grid(extent: target, values: result)
  }

  func cropped(to area: Region) -> Grid {
    precondition(
      area.x >= 0 && area.y >= 0 && area.x + area.width <= extent.width
        && area.y + area.height <= extent.height,
      "\(area) does not lie in \(extent.height)x\(extent.width)")
    var result: [Value] = []
    result.reserveCapacity(area.height * area.width)
    for row in area.y..<area.y + area.height {
      let start = row * extent.width + area.x
      result.append(contentsOf: values[start..<start + area.width])
    }
    return Grid(extent: area.extent, values: result)
  }

  func padded(_ margins: Margins, with value: Value) -> Grid {
    let target = Extent(
      height: extent.height + margins.top + margins.bottom,
      width: extent.width + margins.left + margins.right)
    var result = [Value](repeating: value, count: target.height * target.width)
    for row in 0..<extent.height {
      let start = (row + margins.top) * target.width + margins.left
      result.replaceSubrange(start..<start + extent.width, with: self[row: row])
    }
    return Grid(extent: target, values: result)
  }
}
