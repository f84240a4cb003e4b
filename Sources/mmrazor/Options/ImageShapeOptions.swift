internal import ArgumentParser

/// The size of the image that a network is looked at with.
struct ImageShapeOptions: ParsableArguments {
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("input image size: one number, or height and width", valueName: "size"))
  var shape: [Int] = [224, 224]

  var height: Int { shape[0] }
  var width: Int { shape.last ?? shape[0] }

  func validate() throws {
    guard (1...2).contains(shape.count), shape.allSatisfy({ $0 > 0 }) else {
      throw ValidationError("--shape: invalid input shape")
    }
  }
}
