public import Configs
public import NN
public import Tensors

/// A measure of the distance between a student's output and a teacher's.
///
/// Gradients flow to the teacher, too, unless a loss says otherwise: a teacher that is not trained
/// has no place on the tape.
public protocol DistillationLoss: Sendable {
  /// How far the two outputs must agree in shape.
  var agreement: ShapeAgreement { get }

  /// - Returns: a scalar, or several values of which the mean counts.
  /// - Throws: ``DistillationError`` where outputs or labels do not suit the loss.
  func callAsFunction(_ pair: OutputPair) throws -> Tensor
}

extension DistillationLoss {
  public var agreement: ShapeAgreement { .same }
}

/// The axes along which a student's output must be as long as the teacher's.
public enum ShapeAgreement: Sendable {
  /// All axes.
  case same
  /// All axes but the channels.
  case allButChannels
  /// The images of the batch only.
  case imagesOnly

  /// Whether two shapes agree.
  func holds(_ student: Shape, _ teacher: Shape) -> Bool {
    switch self {
    case .same: student == teacher
    case .allButChannels:
      student.rank == teacher.rank && student.rank > 1
        && student.replacing(axis: 1, with: 1) == teacher.replacing(axis: 1, with: 1)
    case .imagesOnly:
      student.rank > 0 && teacher.rank > 0 && student[0] == teacher[0]
    }
  }
}

/// The losses that distillers may name.
public typealias DistillationLosses = Catalog<any DistillationLoss, LayerContext>

extension Catalog where Product == any DistillationLoss, Context == LayerContext {
  /// The losses of this target.
  public static var builtIn: DistillationLosses {
    Catalog(
      "loss", scope: .mmrazor,
      [
        "KLDivergence": { reader, _ in try KLDivergence(&reader) },
        "ChannelWiseDivergence": { reader, _ in try ChannelWiseDivergence(&reader) },
        "WSLD": { reader, _ in try WSLD(&reader) },
        "DistanceWiseRKD": { reader, _ in try DistanceWiseRKD(&reader) },
        "AngleWiseRKD": { reader, _ in try AngleWiseRKD(&reader) },
        "DKDLoss": { reader, _ in try DKDLoss(&reader) },
        "DISTLoss": { reader, _ in try DISTLoss(&reader) },
        "ATLoss": { reader, _ in try ATLoss(&reader) },
        "L2Loss": { reader, _ in try L2Loss(&reader) },
      ])
  }
}
