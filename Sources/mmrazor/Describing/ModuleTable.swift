internal import Algorithms
internal import Tensors

/// The modules of a student and of its teachers with the shapes of their outputs, side by side: for
/// the choice of `student_module` and `teacher_module`.
struct ModuleTable {
  private let networks: [(title: String, outputs: ModuleOutputs)]

  /// - Parameters:
  ///   - teachers: none where the algorithm has none.
  ///   - shape: of the image that is sent through, height and width.
  init(
    student: any Architecture, teachers: [any Architecture], height: Int, width: Int,
    on device: any Device
  ) {
    func outputs(_ architecture: any Architecture) -> ModuleOutputs {
      let image = Tensor.zeros(
        [1, architecture.inChannels, height, width], layout: .channelsLast, on: device)
      return ModuleOutputs(of: architecture.model) { architecture.forwardForCounting(image) }
    }
    let titles = teachers.indices.map { teachers.count > 1 ? "teacher \($0)" : "teacher" }
    networks =
      [(teachers.isEmpty ? "output" : "student", outputs(student))]
      + zip(titles, teachers.map(outputs)).map { ($0, $1) }
  }

  var text: String {
    var paths: [String] = []
    var seen: Set<String> = []
    for entry in networks.flatMap(\.outputs.entries) where seen.insert(entry.path).inserted {
      paths.append(entry.path)
    }
    var table = TextTable([("module", .left)] + networks.map { ($0.title, .left) })
    let shapes = networks.map { network in
      Dictionary(network.outputs.entries.map { ($0.path, $0.shapes) }) { first, _ in first }
    }
    for path in paths { table.add([path] + shapes.map { $0[path] ?? "" }) }
    return table.text
  }
}
