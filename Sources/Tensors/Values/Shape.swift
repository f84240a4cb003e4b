/// The extents of a tensor, always spoken in the order `[N, C, H, W]`.
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
  public let dimensions: [Int]

  public init(_ dimensions: [Int]) {
    precondition(
      dimensions.allSatisfy { $0 >= 0 }, "shape \(dimensions) has a negative dimension")
    self.dimensions = dimensions
  }

  public init(arrayLiteral elements: Int...) {
    self.init(elements)
  }

  public var rank: Int { dimensions.count }

  /// The number of elements; 1 for a scalar.
  public var count: Int { dimensions.reduce(1, *) }

  public subscript(axis: Int) -> Int { dimensions[axis] }

  /// The shape with another extent along `axis`.
  public func replacing(axis: Int, with extent: Int) -> Shape {
    var dimensions = dimensions
    dimensions[axis] = extent
    return Shape(dimensions)
  }

  public var description: String { "\(dimensions)" }
}
