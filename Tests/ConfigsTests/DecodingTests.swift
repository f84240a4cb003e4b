import Configs
import OrderedCollections
import Testing

@Suite("Decoding components")
struct DecodingTests {
  private struct Layer: Equatable {
    var channels: Int
    var ratio: Double
    var sizes: [Int]
    var name: String?
  }

  private let catalog = Catalog<Layer, Void>(
    "layer", scope: .mmcls,
    [
      "Layer": { reader, _ in
        Layer(
          channels: try reader.read("channels"), ratio: try reader.read("ratio", default: 0.5),
          sizes: try reader.read("sizes", default: []), name: try reader.readIfPresent("name"))
      }
    ])

  @Test("fields are read under any scope of the component")
  func fields() throws {
    for type in ["Layer", "mmcls.Layer", "mmrazor.Layer"] {
      let layer = try catalog.build(
        ["type": .string(type), "channels": 3, "ratio": 1, "sizes": .tuple([1, 2]), "name": nil],
        path: "model.neck", scope: .mmcls, context: ())
      #expect(layer == Layer(channels: 3, ratio: 1, sizes: [1, 2], name: nil))
    }
  }

  @Test(
    "what is wrong is named with its path and the nearest right name",
    arguments: [
      (["type": "Layer"], "model.neck.channels: this key is required"),
      (["type": "Layer", "channels": 1.0], "model.neck.channels: expected int, found float"),
      (
        ["type": "Layer", "channels": 1, "sizes": [1, "x"]],
        "model.neck.sizes.1: expected int, found str"
      ),
      (
        ["type": "Layer", "channels": 1, "chanels": 2],
        "model.neck.chanels: unknown key; did you mean 'channels'?"
      ),
      (["type": "Layer", "channels": 1, "zzz": 2], "model.neck.zzz: unknown key"),
      (["type": "Layr"], "model.neck.type: there is no layer named 'Layr'; did you mean 'Layer'?"),
      (
        ["type": "mmdet.Layer"],
        "model.neck.type: there is no layer named 'mmdet.Layer' here; it exists in mmcls: write "
          + "'mmcls.Layer'"
      ),
      ([1], "model.neck: expected dict, found list"),
    ] as [(Config, String)])
  func wrong(config: Config, message: String) {
    let error = #expect(throws: ConfigError.self) {
      try catalog.build(config, path: "model.neck", scope: .mmcls, context: ())
    }
    #expect(error?.description == message)
  }
}
