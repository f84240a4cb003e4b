/// One process that is all ranks there are: nothing to wait for, nothing that can fail.
public final class SingleProcess: Communicator {
  public init() {}

  public var rank: Int { 0 }
  public var rankCount: Int { 1 }

  public func sum(_ values: UnsafeMutableBufferPointer<Float>) {}

  public func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int) {
    precondition(root == 0, "rank \(root) of 1")
  }

  public func gatherFromAll(_ values: [Double]) -> [[Double]] { [values] }

  public func barrier() {}

  public func abort(_ error: CommunicationError) -> Never { fatalError("\(error)") }
}
