/// How long a run is, and whether its epochs or its iterations are counted.
public enum RunLength: Hashable, Sendable {
  case epochs(Int)
  case iterations(Int)

  public var countsEpochs: Bool {
    if case .epochs = self { true } else { false }
  }
}
