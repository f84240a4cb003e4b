internal import Foundation
internal import OrderedCollections
internal import Yams

extension Subnet {
  /// Reads a `mutable_cfg`: a dictionary from space id to `chosen`, a list of names. Other keys of
  /// an entry (`chosen_probs`) are passed over.
  ///
  /// - Parameter file: what the text was read from, for messages.
  /// - Throws: ``SearchSpaceError/malformedSubnet(file:reason:)``.
  public init(yaml text: String, file: String) throws(SearchSpaceError) {
    let root: Node?
    do {
      root = try Yams.compose(yaml: text)
    } catch {
      throw .malformedSubnet(file: file, reason: "it is not valid YAML: \(error)")
    }
    guard let entries = root?.mapping else {
      throw .malformedSubnet(file: file, reason: "it is not a dictionary of search spaces")
    }
    var chosen: OrderedDictionary<String, [String]> = [:]
    for (key, value) in entries {
      guard let id = key.string else {
        throw .malformedSubnet(file: file, reason: "the name of a search space is not a string")
      }
      guard let names = value.mapping?["chosen"]?.sequence?.compactMap(\.string), !names.isEmpty
      else {
        throw .malformedSubnet(file: file, reason: "'\(id)' has no list 'chosen' of block names")
      }
      chosen[id] = names
    }
    self.init(chosen)
  }

  /// Reads the `mutable_cfg` at `path`.
  ///
  /// - Throws: ``SearchSpaceError``.
  public init(contentsOf path: String) throws(SearchSpaceError) {
    let text: String
    do {
      text = try String(contentsOfFile: path, encoding: .utf8)
    } catch {
      throw .unreadableSubnet(file: path, reason: error.localizedDescription)
    }
    try self.init(yaml: text, file: path)
  }

  /// The subnet as mmcv dumps it: space ids sorted, each with its `chosen` list.
  public var yaml: String {
    var lines = ""
    for id in chosen.keys.sorted(by: {
      $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars)
    }) {
      lines += "\(Self.scalar(id)):\n  chosen:\n"
      for name in chosen[id] ?? [] { lines += "  - \(Self.scalar(name))\n" }
    }
    return lines
  }

  /// `text` as a YAML scalar, quoted only where a plain one would read as something else.
  private static func scalar(_ text: String) -> String {
    let head = text.unicodeScalars.first.map { $0.properties.isAlphabetic } ?? false
    let isPlain =
      head
      && text.unicodeScalars.allSatisfy {
        $0.isASCII
          && ($0.properties.isAlphabetic || ("0"..."9").contains($0)
            || "_-.".unicodeScalars.contains($0))
      }
    let reserved: Set<String> = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"]
    guard isPlain, !reserved.contains(text.lowercased()) else {
      return "'" + text.replacingOccurrences(of: "'", with: "''") + "'"
    }
    return text
  }
}
