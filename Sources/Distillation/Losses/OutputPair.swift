public import Annotations
public import Tensors

/// A student's and a teacher's output of one call, and the annotations of the step's images.
public struct OutputPair {
  /// `[N, C]` or `[N, C, H, W]`.
  public var student: Tensor
  public var teacher: Tensor
  /// One for each image.
  public var annotations: [ImageAnnotation]

  public init(student: Tensor, teacher: Tensor, annotations: [ImageAnnotation] = []) {
    self.student = student
    self.teacher = teacher
    self.annotations = annotations
  }

  /// The number of images.
  var count: Int { student.shape[0] }

  /// The class of each image, for a loss of class scores `[N, K]`.
  ///
  /// - Throws: ``DistillationError`` where the outputs are not such scores, or where a label is
  ///   missing or is not one of the classes.
  func labels(for loss: String) throws(DistillationError) -> [Int] {
    try checkScores(for: loss)
    let classCount = student.shape[1]
    let labels = annotations.compactMap(\.label)
    guard labels.count == count else { throw .missingLabels(loss: loss) }
    if let label = labels.first(where: { !(0..<classCount).contains($0) }) {
      throw .labelOutOfRange(loss: loss, label: label, classCount: classCount)
    }
    return labels
  }

  /// Checks that the outputs are class scores `[N, K]`.
  func checkScores(for loss: String) throws(DistillationError) {
    guard student.shape.rank == 2 else {
      throw .needsScores(loss: loss, found: student.shape.dimensions)
    }
  }
}
