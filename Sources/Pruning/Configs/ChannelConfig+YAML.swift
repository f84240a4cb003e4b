internal import Foundation
internal import OrderedCollections
internal import Yams

extension ChannelConfig {
  /// Reads the `channel_cfg` at `path`.
  ///
  /// - Throws: ``PruningError``.
  public init(contentsOf path: String) throws(PruningError) {
    let text: String
    do {
      text = try String(contentsOfFile: path, encoding: .utf8)
    } catch {
      throw .unreadableConfig(file: path, reason: error.localizedDescription)
    }
    try self.init(yaml: text, file: path)
  }

  /// Reads a dictionary from a layer's path to its channels.
  ///
  /// - Parameter file: what the text was read from, for messages.
  /// - Throws: ``PruningError/malformedConfig(file:reason:)``.
  public init(yaml text: String, file: String? = nil) throws(PruningError) {
    let root: Node?
    do {
      root = try Yams.compose(yaml: text)
    } catch {
      throw .malformedConfig(file: file, reason: "it is not valid YAML: \(error)")
    }
    guard let entries = root?.mapping else {
      throw .malformedConfig(file: file, reason: "it is not a dictionary of layers")
    }
    var layers: OrderedDictionary<String, Layer> = [:]
    for (key, value) in entries {
      guard let path = key.string else {
        throw .malformedConfig(file: file, reason: "the path of a layer is not a string")
      }
      guard let fields = value.mapping else {
        throw .malformedConfig(file: file, reason: "'\(path)' is not a dictionary of channels")
      }
      // Upstream writes an empty entry for a switchable normalisation.
      if fields.isEmpty { continue }
      func number(_ name: String) throws(PruningError) -> Int? {
        guard let field = fields[name] else { return nil }
        guard let number = field.int, number > 0 else {
          throw .malformedConfig(
            file: file, reason: "\(path): \(name) is not a positive whole number")
        }
        return number
      }
      guard let outChannels = try number("out_channels") else {
        throw .malformedConfig(file: file, reason: "\(path): there is no out_channels")
      }
      layers[path] = Layer(
        inChannels: try number("in_channels"), rawInChannels: try number("raw_in_channels"),
        outChannels: outChannels, rawOutChannels: try number("raw_out_channels"))
    }
    self.init(layers, file: file)
  }

  /// The config as mmcv dumps it: sorted by path.
  public var yaml: String {
    let sorted = layers.sorted {
      $0.key.unicodeScalars.lexicographicallyPrecedes($1.key.unicodeScalars)
    }
    var text = ""
    for (path, layer) in sorted {
      text += "\(path):\n"
      if let channels = layer.inChannels { text += "  in_channels: \(channels)\n" }
      text += "  out_channels: \(layer.outChannels)\n"
      if let channels = layer.rawInChannels { text += "  raw_in_channels: \(channels)\n" }
      if let channels = layer.rawOutChannels { text += "  raw_out_channels: \(channels)\n" }
    }
    return text
  }
}
