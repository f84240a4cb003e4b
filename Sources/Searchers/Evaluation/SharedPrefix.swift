internal import NN
internal import Tensors

/// What networks that differ from a base network in the channels of some layers have in common
/// with it: everything before the first of these.
///
/// The base runs once on a batch, and what each of its blocks gives is kept. As long as a candidate
/// has come to no block of other channels, its blocks get what the base's got, and so they give
/// what the base's gave, whatever lies between them; statistics of the batch change nothing about
/// that.
final class SharedPrefix {
  private struct Block {
    let module: Module
    let layers: [any SlimmableLayer]

    /// The channels that live in it.
    var channels: [ChannelSelection?] {
      layers.flatMap { [$0.inMask?.selection, $0.outMask?.selection] }
    }
  }

  /// What a block gave in the base's pass.
  private struct Output {
    let block: Int
    let value: Tensor
  }

  private let blocks: [Block]
  /// Of each block in the base.
  private var channels: [[ChannelSelection?]] = []
  /// In the order in which the base came to them.
  private var outputs: [Output] = []
  /// Blocks that showed nothing: nobody knows when they compute.
  private var hidden: [Int] = []

  /// - Parameter model: evaluates a batch as a whole, on one thread.
  init(of model: Module) {
    var blocks: [Block] = []
    Self.collect(model, into: &blocks)
    self.blocks = blocks
  }

  /// Keeps what the blocks give in a pass of the base network.
  ///
  /// - Parameter limit: how many elements may be kept.
  func record(limit: Int, _ pass: () -> Void) {
    outputs = []
    channels = blocks.map(\.channels)
    var room = limit
    var calls = [Int](repeating: 0, count: blocks.count)
    for (index, block) in blocks.enumerated() {
      block.module.onOutput = { [unowned self] value in
        calls[index] += 1
        room -= value.shape.count
        guard room >= 0 else { return }
        outputs.append(Output(block: index, value: value))
      }
    }
    defer { for block in blocks { block.module.onOutput = nil } }
    pass()
    // What comes more than once in a pass cannot be told apart.
    outputs = Array(outputs.prefix { calls[$0.block] == 1 })
    hidden = blocks.indices.filter { calls[$0] == 0 }
  }

  /// Runs a pass of the network as its masks are now.
  func reusing<Result>(_ pass: () -> Result) -> Result {
    let common = hidden.allSatisfy(isAsInBase) ? outputs.prefix { isAsInBase($0.block) } : []
    for output in common { blocks[output.block].module.recalled = output.value }
    defer { for output in common { blocks[output.block].module.recalled = nil } }
    return pass()
  }

  private func isAsInBase(_ block: Int) -> Bool { blocks[block].channels == channels[block] }

  /// Lets go of what was kept.
  func forget() {
    outputs = []
  }

  /// Sequences of plain layers, and what layers are left: few outputs, and narrow ones, of which
  /// each spares several layers.
  private static func collect(_ module: Module, into blocks: inout [Block]) {
    let isBlock =
      switch module {
      case is ConvModule, is any SlimmableLayer: true
      case is Sequential:
        module.children.allSatisfy { $0.module is ConvModule || isLayer($0.module) }
      default: false
      }
    guard isBlock else {
      for child in module.children { collect(child.module, into: &blocks) }
      return
    }
    let layers = module.namedModules().compactMap { $0.module as? any SlimmableLayer }
    blocks.append(Block(module: module, layers: layers))
  }

  private static func isLayer(_ module: Module) -> Bool {
    module is any Layer && module.children.isEmpty
  }
}
