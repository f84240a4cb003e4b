internal import Configs
internal import NN
internal import Tensors

/// The state dict that a model has, without its values.
struct StateListing {
  private let entries: [(name: String, shape: Shape, dtype: DType)]

  init(of model: Module) {
    entries = model.stateEntries().map { ($0.name, $0.entry.value.shape, $0.entry.value.dtype) }
  }

  /// A line for each entry, and a sum.
  var text: String {
    var table = TextTable([("key", .left), ("shape", .left), ("dtype", .left)])
    for entry in entries {
      table.add([entry.name, "\(entry.shape.dimensions)", "\(entry.dtype)"])
    }
    let elements = entries.reduce(0) { $0 + $1.shape.count }
    return "\(table.text)\ntotal: \(entries.count) tensors, \(elements) elements"
  }

  /// An ordered list of `[key, shape, dtype]`.
  var json: String {
    let rows = entries.map { entry in
      let shape = entry.shape.dimensions.map(String.init).joined(separator: ", ")
      return "[\"\(entry.name)\", [\(shape)], \"\(entry.dtype)\"]"
    }
    return "[\n" + rows.joined(separator: ",\n") + "\n]"
  }
}
