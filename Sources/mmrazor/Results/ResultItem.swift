/// What a result file can hold for each picture.
enum ResultItem: String, CaseIterable {
  case classScores = "class_scores"
  case predictedScore = "pred_score"
  case predictedLabel = "pred_label"
  case predictedClass = "pred_class"

  /// The items that names, `all` or `none` stand for, in the order of the file.
  static func named(_ names: [String]) -> [ResultItem] {
    if names.contains("none") { return [] }
    if names.contains("all") { return allCases }
    return allCases.filter { names.contains($0.rawValue) }
  }
}
