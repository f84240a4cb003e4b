/// How pixels between pixels are found when a picture is scaled.
public enum Interpolation: String, Sendable, CaseIterable {
  case nearest
  case bilinear
  case bicubic
  /// The mean of the covered pixels; OpenCV only.
  case area
  case lanczos
  /// The mean of the covered pixels; Pillow only.
  case box
  /// Pillow only.
  case hamming
}

/// Whose arithmetic scales pictures.
public enum ResizeBackend: String, Sendable, CaseIterable {
  /// OpenCV: samples the picture at the new pixels' centres (no smoothing when it shrinks).
  case cv2
  /// Pillow: weighs all covered pixels, so a picture is smoothed when it shrinks.
  case pillow

  /// The interpolations that the backend has.
  public var interpolations: [Interpolation] {
    switch self {
    case .cv2: [.nearest, .bilinear, .bicubic, .area, .lanczos]
    case .pillow: [.nearest, .bilinear, .bicubic, .box, .lanczos, .hamming]
    }
  }
}
