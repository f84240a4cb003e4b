internal import NN
internal import Tensors

/// What networks that differ from a base network in the channels of some layers have in common
/// with it: everything before the first of these, and what narrower layers give there.
///
/// The base runs once on a batch, and what each of its blocks gives is kept. As long as a candidate
/// has come to no block of other channels, its blocks get what the base's got, and so they give
/// what the base's gave, whatever lies between them; statistics of the batch change nothing about
/// that. A convolution that has lost output channels gives the rest of what the base's gave, and so
/// does a depthwise one behind it: each channel is computed and normalised by itself.
final class SharedPrefix {
  private struct Block {
    let module: Module
    let layers: [any SlimmableLayer]
    /// The convolutions that it runs one after the other, if that is all it does.
    let steps: [ConvModule]

    /// The channels that live in it.
    var channels: [ChannelSelection?] {
      layers.flatMap { [$0.inMask?.selection, $0.outMask?.selection] }
    }

    /// The channels that live in the convolution of each step.
    var stepChannels: [StepChannels] { steps.map(StepChannels.init) }
  }

  private struct StepChannels: Hashable {
    let input: ChannelSelection?
    let output: ChannelSelection?

    init(_ step: ConvModule) {
      input = step.conv.inMask?.selection
      output = step.conv.outMask?.selection
    }
  }

  /// What a block gave in the base's pass, or its last step but one.
  private struct Output {
    let block: Int
    let isInner: Bool
    let value: Tensor
  }

  private let blocks: [Block]
  /// Of each block in the base.
  private var channels: [[ChannelSelection?]] = []
  private var stepChannels: [[StepChannels]] = []
  /// In the order in which the base came to them.
  private var outputs: [Output] = []
  /// Blocks without a call that was observed: it is not known when they compute.
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
  func record(limit: Int, _ pass: () throws -> Void) rethrows {
    outputs = []
    channels = blocks.map(\.channels)
    stepChannels = blocks.map(\.stepChannels)
    var room = limit
    var calls = [Int](repeating: 0, count: blocks.count)
    func keep(_ value: Tensor, block: Int, isInner: Bool) {
      room -= value.shape.count
      guard room >= 0 else { return }
      outputs.append(Output(block: block, isInner: isInner, value: value))
    }
    let inner = blocks.map { $0.steps.dropLast().last }
    try withoutActuallyEscaping(keep) { keep in
      var observations: [Observation] = []
      defer { for observation in observations { observation.cancel() } }
      for (index, block) in blocks.enumerated() {
        if let inner = inner[index] {
          observations.append(inner.observe { keep($0.outputs[0], index, true) })
        }
        observations.append(
          block.module.observe {
            calls[index] += 1
            keep($0.outputs[0], index, false)
          })
      }
      try pass()
    }
    // What comes more than once in a pass cannot be told apart.
    outputs = Array(outputs.prefix { calls[$0.block] == 1 })
    hidden = blocks.indices.filter { calls[$0] == 0 }
  }

  /// Runs a pass of the network as its masks are now.
  func reusing<Result>(_ pass: () throws -> Result) rethrows -> Result {
    let common = hidden.allSatisfy(isAsInBase) ? outputs.prefix(while: isKnown) : []
    let whole = Set(common.lazy.filter { !$0.isInner }.map(\.block))
    // What leads to a known output is not computed.
    let needed = common.filter { !$0.isInner || !whole.contains($0.block) }
    for output in needed { module(of: output).cachedOutputs = [value(of: output)] }
    defer { for output in needed { module(of: output).cachedOutputs = nil } }
    return try pass()
  }

  /// Lets go of what was kept.
  func forget() {
    outputs = []
  }
}

// MARK: - What candidates give

extension SharedPrefix {
  private func isAsInBase(_ block: Int) -> Bool { blocks[block].channels == channels[block] }

  private func steps(to output: Output) -> ArraySlice<ConvModule> {
    let steps = blocks[output.block].steps
    return output.isInner ? steps.dropLast() : steps[...]
  }

  private func module(of output: Output) -> Module {
    output.isInner
      ? blocks[output.block].steps.dropLast().last ?? blocks[output.block].module
      : blocks[output.block].module
  }

  /// Whether the candidate's output is the base's, or the first channels of it, given that all
  /// before it are.
  private func isKnown(_ output: Output) -> Bool {
    if isAsInBase(output.block) { return true }
    let steps = steps(to: output)
    return !steps.isEmpty
      && zip(steps, stepChannels[output.block]).allSatisfy { keepsItsChannels($0, base: $1) }
  }

  /// Whether the live channels of a convolution are the first of the base's, and each is computed
  /// from what the base's was.
  private func keepsItsChannels(_ step: ConvModule, base: StepChannels) -> Bool {
    guard step.norm is BatchNorm2d? else { return false }
    let now = StepChannels(step)
    if now == base { return true }
    guard now.output?.isPrefix ?? true, base.output?.isPrefix ?? true else { return false }
    let total = step.conv.fullChannels.output
    guard now.output?.count ?? total <= base.output?.count ?? total else { return false }
    return step.conv.isDepthwise ? now.input == now.output : now.input == base.input
  }

  private func value(of output: Output) -> Tensor {
    guard !isAsInBase(output.block), let mask = steps(to: output).last?.conv.outMask else {
      return output.value
    }
    return output.value.slice(axis: 1, 0..<mask.liveCount)
  }
}

// MARK: - Blocks

extension SharedPrefix {
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
    blocks.append(Block(module: module, layers: layers, steps: steps(of: module)))
  }

  private static func steps(of module: Module) -> [ConvModule] {
    if let step = module as? ConvModule { return [step] }
    guard module is Sequential else { return [] }
    let steps = module.children.compactMap { $0.module as? ConvModule }
    return steps.count == module.children.count ? steps : []
  }

  private static func isLayer(_ module: Module) -> Bool {
    module is any Layer && module.children.isEmpty
  }
}
