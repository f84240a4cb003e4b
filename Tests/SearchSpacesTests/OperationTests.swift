import Configs
import NN
import SearchSpaces
import Tensors
import TestKit
import Testing
import Zoo

@Suite struct OperationTests {
  let context = SPOSNet.context(drawsWeights: true)

  /// Builds an operation for the place that `in_channels`, `out_channels` and `stride` describe.
  func build(_ config: Config) throws -> any Layer {
    var config = config
    func take(_ key: String) throws -> Int {
      defer { config[key] = nil }
      return try Int(config: config[key] ?? .none, path: ConfigPath(components: [key]))
    }
    let shape = OperationShape(
      inChannels: try take("in_channels"), outChannels: try take("out_channels"),
      stride: try take("stride"))
    return try SearchSpaceCatalogs.builtIn.operations.build(
      config, path: "op", scope: .mmcls, context: OperationContext(shape, in: context))
  }

  func config(_ type: String, _ inChannels: Int, _ outChannels: Int, stride: Int) -> Config {
    [
      "type": .string(type), "in_channels": .int(inChannels), "out_channels": .int(outChannels),
      "stride": .int(stride),
    ]
  }

  var images: Tensor { CounterNumbers.image("op", shape: [2, 8, 6, 6], on: context.device) }

  @Test func identityPassesOnOrProjects() throws {
    let plain = try build(config("Identity", 8, 8, stride: 1))
    #expect(plain(images).values == images.values)
    #expect(plain.namedParameters().isEmpty)
    let projecting = try build(config("Identity", 8, 12, stride: 2))
    #expect(projecting(images).shape == [2, 12, 3, 3])
    #expect(projecting.namedParameters().map(\.name)[0] == "downsample.conv.weight")
  }

  @Test(arguments: ["ShuffleBlock", "ShuffleXception"])
  func shuffleBlocksPassHalfOfTheChannelsOn(type: String) throws {
    var config = config(type, 8, 8, stride: 1)
    if type == "ShuffleBlock" { config["kernel_size"] = 5 }
    let block = try build(config)
    let output = block(images)
    #expect(output.shape == images.shape)
    // Input channel i becomes output channel 2 i.
    let (input, shuffled) = (images.values, output.values)
    for channel in 0..<4 {
      let (source, target) = (channel * 36, 2 * channel * 36)
      #expect(input[source..<(source + 36)] == shuffled[target..<(target + 36)])
    }
  }

  @Test(arguments: ["ShuffleBlock", "ShuffleXception"])
  func shuffleBlocksOfStrideTwoWiden(type: String) throws {
    var config = config(type, 8, 20, stride: 2)
    if type == "ShuffleBlock" { config["kernel_size"] = 7 }
    let block = try build(config)
    #expect(block(images).shape == [2, 20, 3, 3])
  }

  @Test func invertedResidualsTakeSqueezeAndExcitation() throws {
    var config = config("MBBlock", 8, 8, stride: 1)
    config["kernel_size"] = 3
    config["expand_ratio"] = 4
    config["se_cfg"] = [
      "ratio": 4, "act_cfg": .tuple([["type": "ReLU"], ["type": "HSigmoid"]]),
    ]
    config["drop_path_rate"] = 0.2
    config["with_cp"] = true
    let block = try build(config)
    #expect(block(images).shape == images.shape)
    #expect(
      block.children.map(\.name)
        == ["drop_path", "expand_conv", "depthwise_conv", "se", "linear_conv"])
    #expect(block.namedParameters().contains { $0.name == "se.conv1.conv.bias" })
  }

  @Test func droppedPathsLeaveTheResidual() throws {
    var config = config("MBBlock", 8, 8, stride: 1)
    config["kernel_size"] = 3
    config["expand_ratio"] = 1
    config["drop_path_rate"] = 0.5
    let block = try build(config)
    #expect(!block.children.contains { $0.name == "expand_conv" })
    let input = CounterNumbers.image("op", shape: [64, 8, 2, 2], on: context.device)
    let (before, after) = (input.values, block(input).values)
    let dropped = (0..<64).count {
      before[($0 * 32)..<($0 * 32 + 32)] == after[($0 * 32)..<($0 * 32 + 32)]
    }
    #expect((16...48).contains(dropped))
    block.setTraining(false)
    #expect(block(input).values != before)
  }

  @Test(arguments: [
    ("kernel_size", "op.kernel_size: expected 3, 5 or 7, found 4"),
    (
      "in_channels",
      "op: a block of stride 1 keeps its channels, in_channels is 4 and out_channels 8"
    ),
  ])
  func mistakesNameTheirPlace(key: String, message: String) {
    var config = config("ShuffleBlock", 8, 8, stride: 1)
    config["kernel_size"] = 3
    config[key] = 4
    #expect { try build(config) } throws: { "\($0)" == message }
  }
}
