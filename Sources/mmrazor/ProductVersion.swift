/// Versions that logs and checkpoints tell.
enum ProductVersion {
  /// This program's.
  static let own = "0.1.0"
  /// The release of the original whose behaviour is followed.
  static let upstream = "0.3.1"
  static let text = "\(own) (MMRazor \(upstream))"
}
