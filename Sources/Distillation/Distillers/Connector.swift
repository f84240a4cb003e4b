internal import Configs
public import NN
internal import Tensors

/// A layer between a student's feature and a teacher's of another number of channels: a component's
/// `align_module`.
public struct Connector {
  public let layer: any Layer
  let inChannels: Int
  let outChannels: Int
  /// The axes of the features: 4 for maps, 2 for vectors.
  let rank: Int

  /// Reads `dict(type='conv2d', student_channels=…, teacher_channels=…)`, or of type `'linear'`.
  ///
  /// A convolution is 1 × 1, unless it has a `kernel_size` (odd, or with a `padding`) or a `stride`.
  init(_ reader: inout ConfigReader, in context: LayerContext) throws(ConfigError) {
    let type: String = try reader.read("type")
    let path = reader.path
    func positive(_ key: String, default fallback: Int) throws(ConfigError) -> Int {
      let value: Int = try reader.read(key, default: fallback)
      guard value > 0 else {
        throw .invalidValue(path: path.appending(key), message: "must be above 0, found \(value)")
      }
      return value
    }
    func required(_ key: String) throws(ConfigError) -> Int {
      guard reader.contains(key) else { throw .missingKey(path: path, key: key) }
      return try positive(key, default: 1)
    }
    inChannels = try required("student_channels")
    outChannels = try required("teacher_channels")
    switch type {
    case "conv2d":
      let kernel = try positive("kernel_size", default: 1)
      let stride = try positive("stride", default: 1)
      let padding: Int = try reader.read("padding", default: kernel / 2)
      layer = Conv2d(
        inChannels, outChannels, kernel: [kernel, kernel],
        geometry: ConvolutionGeometry(stride: [stride, stride], padding: [padding, padding]),
        in: context)
      rank = 4
    case "linear":
      layer = Linear(inChannels, outChannels, in: context)
      rank = 2
    default:
      throw .invalidValue(
        path: path.appending("type"), message: "expected 'conv2d' or 'linear', found '\(type)'")
    }
  }

  /// Advice on outputs of unlike channels; `nil` where a connector does not help.
  static func suggestion(student: [Int], teacher: [Int]) -> String? {
    guard student.count == teacher.count, student.count == 2 || student.count == 4,
      student[0] == teacher[0], student[2...] == teacher[2...], student[1] != teacher[1]
    else { return nil }
    let isMap = student.count == 4
    return (isMap ? "" : "class scores need heads of the same num_classes, other features ")
      + "an align_module=dict(type='\(isMap ? "conv2d" : "linear")', "
      + "student_channels=\(student[1]), teacher_channels=\(teacher[1])) in the component"
  }

  var description: String {
    "\(rank == 4 ? "conv2d" : "linear") of \(inChannels) student_channels"
  }
}
