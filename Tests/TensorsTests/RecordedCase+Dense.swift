import Tensors

/// Selections, focal losses and regions by name.
extension RecordedCase {
  func dense(_ operation: String, _ inputs: [String: Tensor]) -> Tensor? {
    guard let x = inputs["input"] else { return nil }
    let axis = facts["axis"] as? Int ?? 0
    switch operation {
    case "stack": return inputs["other"].map { stack([x, $0], axis: axis) }
    case "sort":
      return checked(x.sorted(axis: axis, descending: facts["descending"] as? Bool ?? false))
    case "topk":
      return checked(
        x.topK(
          facts["count"] as? Int ?? 0, axis: axis, largest: facts["largest"] as? Bool ?? true))
    case "index_add":
      return x.spread(to: list("index"), extent: facts["extent"] as? Int ?? 0, axis: axis)
    case "scatter_add":
      return x.scattered(list("index"), extent: facts["extent"] as? Int ?? 0, axis: axis)
    case "index_copy":
      return inputs["other"].map { x.replacing(list("index"), axis: axis, with: $0) }
    case "masked_select": return x.elements(where: x .> Float(number("bound")))
    case "sigmoid_focal_loss":
      return sigmoidFocalLoss(
        x, labels: list("labels"), alpha: Float(number("alpha")), gamma: Float(number("gamma")),
        reducesClasses: facts["sums"] as? Bool ?? false)
    case "quality_focal_loss":
      return qualityFocalLoss(
        x, labels: list("labels"),
        qualities: (facts["qualities"] as? [Double] ?? []).map { Float($0) },
        beta: Float(number("gamma")))
    case "roi_align": return alignRegions(x, regions, align)
    default: return nil
    }
  }

  private func list(_ key: String) -> [Int] { facts[key] as? [Int] ?? [] }

  private func number(_ key: String) -> Double { facts[key] as? Double ?? 0 }

  /// The elements, or nothing where they are not at the recorded places.
  private func checked(_ order: (values: Tensor, indices: [Int])) -> Tensor {
    order.indices == list("indices") ? order.values : .zeros([0], on: device)
  }

  private var regions: [ImageRegion] {
    (facts["regions"] as? [[Double]] ?? []).map { row in
      ImageRegion(
        image: Int(row[0]),
        corners: SIMD4(Float(row[1]), Float(row[2]), Float(row[3]), Float(row[4])))
    }
  }

  private var align: RegionAlign {
    let output = list("output")
    return RegionAlign(
      output: [output[0], output[1]], scale: Float(number("scale")),
      samples: facts["sampling"] as? Int ?? 0,
      mode: facts["mode"] as? String == "max" ? .max : .average,
      isAligned: facts["aligned"] as? Bool ?? true)
  }
}
