/// Height and width of an image in pixels.
public struct Extent: Sendable, Hashable {
  public var height: Int
  public var width: Int

  public init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }
}

/// A rectangle of whole pixels.
public struct Region: Sendable, Hashable {
  public var x: Int
  public var y: Int
  public var width: Int
  public var height: Int

  public init(x: Int, y: Int, width: Int, height: Int) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }

  public var extent: Extent { Extent(height: height, width: width) }
}

/// Numbers of pixels added at the sides of an image.
public struct Margins: Sendable, Hashable {
  public var left: Int
  public var top: Int
  public var right: Int
  public var bottom: Int

  public init(left: Int = 0, top: Int = 0, right: Int = 0, bottom: Int = 0) {
    self.left = left
    self.top = top
    self.right = right
    self.bottom = bottom
  }
}

extension Extent {
  public func padded(_ margins: Margins) -> Extent {
    Extent(
      height: height + margins.top + margins.bottom, width: width + margins.left + margins.right)
  }
}
