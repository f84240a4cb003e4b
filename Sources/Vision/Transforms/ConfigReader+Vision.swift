internal import Annotations
internal import Configs

extension ConfigReader {
  /// Sides of pictures that transforms may ask for.
  static var extents: ClosedRange<Int> { 1...65536 }

  /// Reads one number or as many as `count`; one is repeated.
  mutating func readNumbers(
    _ key: String, count: Int, default fallback: [Double]
  ) throws(ConfigError) -> [Double] {
    guard let value: Config = try readIfPresent(key) else { return fallback }
    let place = path.appending(key)
    guard value.items != nil else {
      return Array(repeating: try Double(config: value, path: place), count: count)
    }
    let numbers = try [Double](config: value, path: place)
    guard numbers.count == count else {
      throw .invalidValue(
        path: place, message: "must be one number or \(count), not \(numbers.count)")
    }
    return numbers
  }

  /// Reads `pad_val`, the colour of a border. One number goes to the first channel and the others
  /// get 0, as OpenCV understands it.
  mutating func readBorderColor() throws(ConfigError) -> [Double] {
    guard let value: Config = try readIfPresent("pad_val") else { return [0, 0, 0] }
    let place = path.appending("pad_val")
    guard value.items != nil else { return [try Double(config: value, path: place), 0, 0] }
    let color = try [Double](config: value, path: place)
    guard color.count == 3 else {
      throw .invalidValue(path: place, message: "must be a number or 3, not \(color.count)")
    }
    return color
  }

  /// Reads an extent: a number of pixels for both sides, or `(height, width)`.
  ///
  /// - Parameter adaptive: whether the width may be -1, which keeps the proportions.
  mutating func readSize(
    _ key: String, adaptive: Bool = false
  ) throws(ConfigError) -> (height: Int, width: Int) {
    let value: Config = try read(key)
    let place = path.appending(key)
    let sides =
      value.items == nil
      ? [try Int(config: value, path: place)] : try [Int](config: value, path: place)
    guard value.items == nil || sides.count == 2, let height = sides.first,
      let width = sides.last, Self.extents.contains(height),
      Self.extents.contains(width) || (adaptive && width == -1 && sides.count == 2)
    else {
      throw .invalidValue(
        path: place,
        message: "must be a number of pixels up to \(Self.extents.upperBound) or a pair "
          + "(height, width)"
          + (adaptive ? ", of which the width may be -1" : ""))
    }
    return (height, width)
  }

  /// Reads a pair `(lower, upper)`.
  mutating func readRange(
    _ key: String, default fallback: ClosedRange<Double>
  ) throws(ConfigError) -> ClosedRange<Double> {
    guard let value: Config = try readIfPresent(key) else { return fallback }
    let place = path.appending(key)
    let bounds = try [Double](config: value, path: place)
    guard bounds.count == 2, bounds[0] <= bounds[1] else {
      throw .invalidValue(path: place, message: "must be a pair (min, max) with min <= max")
    }
    return bounds[0]...bounds[1]
  }

  /// Reads a number between 0 and 1.
  mutating func readProbability(
    _ key: String, default fallback: Double
  ) throws(ConfigError) -> Double {
    let value: Double = try read(key, default: fallback)
    guard (0...1).contains(value) else {
      throw .invalidValue(path: path.appending(key), message: "must be between 0 and 1")
    }
    return value
  }

  /// Reads one of the names of an enumeration.
  mutating func readName<Name>(
    _ key: String, default fallback: Name, among allowed: [Name] = Name.allCases.map { $0 }
  ) throws(ConfigError) -> Name
  where Name: RawRepresentable<String> & CaseIterable {
    guard let text: String = try readIfPresent(key) else { return fallback }
    guard let name = Name(rawValue: text),
      allowed.contains(where: { $0.rawValue == text })
    else {
      let names = allowed.map(\.rawValue)
      throw .invalidValue(
        path: path.appending(key),
        message: "must be one of \(names.joined(separator: ", ")), not '\(text)'"
          + (NearestName.of(text, among: names).map { "; did you mean '\($0)'?" } ?? ""))
    }
    return name
  }

  /// Reads `backend` and an `interpolation` that it has.
  mutating func readResizing() throws(ConfigError) -> (Interpolation, ResizeBackend) {
    let backend = try readName("backend", default: ResizeBackend.cv2)
    let interpolation = try readName(
      "interpolation", default: Interpolation.bilinear, among: backend.interpolations)
    return (interpolation, backend)
  }

  /// Reads the keys of a sample that a formatting transform works on.
  mutating func readFacets() throws(ConfigError) -> [Facet] {
    let keys: [String] = try read("keys")
    var facets: [Facet] = []
    for (index, key) in keys.enumerated() {
      guard let facet = Facet(rawValue: key) else {
        let names = Facet.allCases.map(\.rawValue)
        throw .invalidValue(
          path: path.appending("keys").appending(index),
          message: "a sample has no '\(key)'; it has \(names.joined(separator: ", "))"
            + (NearestName.of(key, among: names).map { "; did you mean '\($0)'?" } ?? ""))
      }
      facets.append(facet)
    }
    return facets
  }

  /// Reads `file_client_args`. Local files are the only kind there is; the key is accepted when it
  /// says so.
  mutating func readFileClient() throws(ConfigError) {
    guard let client: Config = try readIfPresent("file_client_args") else { return }
    let place = path.appending("file_client_args")
    var reader = try ConfigReader(client, path: place)
    let backend: String = try reader.read("backend", default: "disk")
    guard backend == "disk" else {
      throw .invalidValue(
        path: place.appending("backend"), message: "only 'disk' is supported, not '\(backend)'")
    }
    try reader.finish()
  }
}
