import Configs
import Foundation
import NN
import SearchSpaces
import Tensors
import Zoo

// Times training steps and inference of the SPOS supernets on random paths that are the same in
// every run: `supernets [shufflenet|mobilenet] [batch]`. Medians of wall time and of processor
// time (of all threads) in milliseconds.

CPU.restartWithBriefSpinning()

func head(_ channels: Int) -> Config {
  [
    "type": "LinearClsHead", "num_classes": 1000, "in_channels": .int(channels),
    "loss": [
      "type": "LabelSmoothLoss", "num_classes": 1000, "label_smooth_val": 0.1, "mode": "original",
      "loss_weight": 1.0,
    ],
    "topk": .tuple([1, 5]),
  ]
}

func classifier(_ backbone: Config, features: Int) -> Config {
  [
    "type": "ImageClassifier", "backbone": backbone, "neck": ["type": "GlobalAveragePooling"],
    "head": head(features),
  ]
}

func mobileBlock(_ kernel: Int, _ ratio: Int) -> Config {
  [
    "type": "MBBlock", "kernel_size": .int(kernel), "expand_ratio": .int(ratio),
    "norm_cfg": ["type": "BN"], "act_cfg": ["type": "ReLU6"],
  ]
}

func shuffleBlock(_ kernel: Int) -> Config {
  ["type": "ShuffleBlock", "kernel_size": .int(kernel), "norm_cfg": ["type": "BN"]]
}

struct Supernet {
  var model: Config
  var mapping: Config

  static let shuffleNet = Supernet(
    model: classifier(
      ["type": "SearchableShuffleNetV2", "widen_factor": 1.0, "norm_cfg": ["type": "BN"]],
      features: 1024),
    mapping: [
      "all_blocks": [
        "type": "OneShotOP",
        "choices": [
          "shuffle_3x3": shuffleBlock(3), "shuffle_5x5": shuffleBlock(5),
          "shuffle_7x7": shuffleBlock(7),
          "shuffle_xception": ["type": "ShuffleXception", "norm_cfg": ["type": "BN"]],
        ],
      ]
    ])

  static let mobileNet = Supernet(
    model: classifier(
      [
        "type": "SearchableMobileNet", "first_channels": 40, "last_channels": 1728,
        "widen_factor": 1.0, "norm_cfg": ["type": "BN"], "arch_setting_type": "proxyless_gpu",
      ], features: 1728),
    mapping: [
      "searchable_blocks": [
        "type": "OneShotOP",
        "choices": [
          "mb_k3e3": mobileBlock(3, 3), "mb_k5e3": mobileBlock(5, 3),
          "mb_k7e3": mobileBlock(7, 3), "mb_k3e6": mobileBlock(3, 6),
          "mb_k5e6": mobileBlock(5, 6), "mb_k7e6": mobileBlock(7, 6),
          "identity": ["type": "Identity"],
        ],
      ],
      "first_blocks": ["type": "OneShotOP", "choices": ["mb_k3e1": mobileBlock(3, 1)]],
    ])
}

/// Wall time and processor time since the start, in milliseconds.
struct Stopwatch {
  private let wall = ContinuousClock.now
  private let processor = clock()

  var elapsed: (wall: Double, processor: Double) {
    let passed = wall.duration(to: .now) / .milliseconds(1)
    return (passed, Double(clock() - processor) * 1000 / Double(CLOCKS_PER_SEC))
  }
}

func report(_ what: String, _ times: [(wall: Double, processor: Double)]) {
  let wall = times.map(\.wall).sorted()
  let processor = times.map(\.processor).sorted()
  let format = "%@: %.1f ms (best %.1f), %.1f ms of processors (best %.1f)"
  print(
    String(
      format: format, what, wall[wall.count / 2], wall[0], processor[processor.count / 2],
      processor[0]))
}

let arguments = CommandLine.arguments.dropFirst()
let supernet: Supernet = arguments.first == "mobilenet" ? .mobileNet : .shuffleNet
let batch = arguments.dropFirst().first.flatMap { Int($0) } ?? 16
let cpu = CPU()
let context = BuildContext(
  device: cpu, generator: Generator(seed: 1), catalogs: ModelCatalogs.zoo.withSearchSpaces())
let module = try context.catalogs.models.build(supernet.model, path: .root, context: context)
guard let net = module as? ImageClassifier else {
  preconditionFailure("the model is a \(type(of: module)), not an ImageClassifier")
}
let mutator = OneShotMutator(placeholderMapping: supernet.mapping)
try mutator.prepare(net, in: context)
var generator = Generator(seed: 5)
let shape: Shape = [batch, 3, 224, 224]
let images = Tensor(
  channelsLast: (0..<shape.count).map { _ in Float(generator.uniform(-2, 2)) }, shape: shape,
  on: cpu)
let labels = (0..<batch).map { _ in generator.integer(below: 1000) }
let parameters = net.namedParameters().map(\.parameter)
var buffers = [Tensor?](repeating: nil, count: parameters.count)
let subnets = (0..<4).map { _ in mutator.sampleSubnet(&generator) }

var steps: [(wall: Double, processor: Double)] = []
for step in 0..<16 {
  mutator.setSubnet(subnets[step % subnets.count])
  let watch = Stopwatch()
  for parameter in parameters { parameter.clearGradient() }
  let tape = Tape()
  let losses = try net.forwardTrain(images: tape.watch(images), labels: .labels(labels))
  tape.backward(from: losses[0].value)
  for (index, parameter) in parameters.enumerated() {
    sgdUpdate(
      parameter, momentumBuffer: &buffers[index], learningRate: 0.01, momentum: 0.9, dampening: 0,
      weightDecay: 4e-5, nesterov: false)
  }
  if step >= subnets.count { steps.append(watch.elapsed) }
}
print("\(cpu.threads) threads, batch \(batch)")
report("train step", steps)
print("peak memory: \(cpu.peakByteCount >> 20) MB")

net.setTraining(false)
mutator.setSubnet(subnets[0])
var passes: [(wall: Double, processor: Double)] = []
for pass in 0..<10 {
  let watch = Stopwatch()
  _ = net.scores(images: images)
  if pass > 1 { passes.append(watch.elapsed) }
}
report("inference of \(batch)", passes)
