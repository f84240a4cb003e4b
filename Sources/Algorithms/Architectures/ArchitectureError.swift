public import Annotations

/// A batch that an architecture cannot work on.
public enum ArchitectureError: Error, Equatable, Sendable {
  /// Images without what losses are computed from.
  case missingFacet(architecture: String, facet: Facet)
  /// Test-time augmentation of a network that cannot join the predictions of several views.
  case severalViews(architecture: String, count: Int)
}

extension ArchitectureError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .missingFacet(let architecture, let facet):
      "\(architecture): the batch has no '\(facet.rawValue)' of its images; let the pipeline end "
        + "with Collect(keys=['img', '\(facet.rawValue)'])"
    case .severalViews(let architecture, let count):
      "\(architecture): the pipeline gives \(count) views of an image, and predictions of several "
        + "cannot be joined; leave out MultiScaleFlipAug, or give it one scale and no flip"
    }
  }
}
