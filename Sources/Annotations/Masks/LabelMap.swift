/// One class number for each pixel, row by row; 8 bits each unless a label needs 16.
public struct LabelMap: Sendable, Equatable {
  private var labels: Labels

  private enum Labels: Sendable, Equatable {
    case bytes(Grid<UInt8>)
    case words(Grid<UInt16>)
  }

  public init(height: Int, width: Int, bytes: [UInt8]) {
    labels = .bytes(Grid(extent: Extent(height: height, width: width), values: bytes))
  }

  public init(height: Int, width: Int, words: [UInt16]) {
    labels = .words(Grid(extent: Extent(height: height, width: width), values: words))
  }

  public var extent: Extent {
    switch labels {
    case .bytes(let grid): grid.extent
    case .words(let grid): grid.extent
    }
  }

  public var height: Int { extent.height }
  public var width: Int { extent.width }

  /// The labels of 8 bits; `nil` where they have 16.
  public var bytes: [UInt8]? {
    guard case .bytes(let grid) = labels else { return nil }
    return grid.values
  }

  /// All labels, widened to 16 bits where they have 8.
  public var words: [UInt16] {
    switch labels {
    case .bytes(let grid): grid.values.map(UInt16.init)
    case .words(let grid): grid.values
    }
  }

  public subscript(row: Int, column: Int) -> Int {
    precondition(
      (0..<height).contains(row) && (0..<width).contains(column),
      "pixel (\(row), \(column)) of \(height)x\(width)")
    return switch labels {
    case .bytes(let grid): Int(grid.values[row * width + column])
    case .words(let grid): Int(grid.values[row * width + column])
    }
  }

  /// The number of pixels of a label.
  public func count(of label: Int) -> Int {
    switch labels {
    case .bytes(let grid): grid.values.count { Int($0) == label }
    case .words(let grid): grid.values.count { Int($0) == label }
    }
  }
}

// MARK: - Moving with an image

extension LabelMap {
  public func flipped(_ direction: FlipDirection) -> LabelMap {
    map({ $0.flipped(direction) }, { $0.flipped(direction) })
  }

  /// The map of another size, by nearest neighbour.
  public func resized(to extent: Extent) -> LabelMap {
    map({ $0.resized(to: extent) }, { $0.resized(to: extent) })
  }

  public func cropped(to area: Region) -> LabelMap {
    map({ $0.cropped(to: area) }, { $0.cropped(to: area) })
  }

  /// The map with a border.
  ///
  /// - Parameter label: of the border's pixels.
  public func padded(_ margins: Margins, label: Int) -> LabelMap {
    guard case .bytes(let grid) = labels, label > Int(UInt8.max) else {
      return map(
        { $0.padded(margins, with: UInt8(label)) }, { $0.padded(margins, with: UInt16(label)) })
    }
    var wide = self
    wide.labels = .words(Grid(extent: grid.extent, values: words))
    return wide.padded(margins, label: label)
  }

  private func map(
    _ bytes: (Grid<UInt8>) -> Grid<UInt8>, _ words: (Grid<UInt16>) -> Grid<UInt16>
  ) -> LabelMap {
    var result = self
    switch labels {
    case .bytes(let grid): result.labels = .bytes(bytes(grid))
    case .words(let grid): result.labels = .words(words(grid))
    }
    return result
  }
}
