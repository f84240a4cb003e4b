import OrderedCollections
import Tensors
import Testing

@testable import Checkpoints

@Suite("Matching a state dict with a model")
struct LoadingTests {
  let device = CPU()

  private func entries(_ shapes: [(String, Shape)]) -> [(name: String, tensor: Tensor)] {
    shapes.map { ($0.0, Tensor.zeros($0.1, on: device)) }
  }

  @Test("Fitting values are applied, converted to the model's type; the rest is reported")
  func report() throws {
    let state = StateDict([
      "conv.weight": StoredTensor(floats: [1, 2], shape: [2, 1]),
      "fc.weight": StoredTensor(floats: [1, 2, 3], shape: [3]),
      "scale": StoredTensor(integers: [7], shape: [1]),
      "old.bias": StoredTensor(floats: [1], shape: [1]),
    ])
    var values: [Int: [Float]] = [:]
    let report = try state.load(
      into: entries([
        ("conv.weight", [2, 1]), ("bn.num_batches_tracked", []), ("fc.weight", [4, 3]),
        ("fc.bias", [4]), ("scale", []),
      ])
    ) { index, tensor in
      values[index] = tensor.values
    }
    #expect(values == [0: [1, 2], 4: [7]])
    #expect(report.applied == ["conv.weight", "scale"])
    #expect(report.missing == ["bn.num_batches_tracked", "fc.bias"])
    #expect(report.unexpected == ["old.bias"])
    #expect(
      report.warning == """
        The model and loaded state dict do not match exactly

        size mismatch for fc.weight: copying a param with shape torch.Size([3]) from checkpoint, \
        the shape in current model is torch.Size([4, 3]).
        unexpected key in source state_dict: old.bias

        missing keys in source state_dict: fc.bias

        """)
  }

  @Test("Nothing is said when all fits but batch counters")
  func exact() throws {
    let state = StateDict(["w": StoredTensor(floats: [1], shape: [1])])
    let report = try state.load(
      into: entries([("w", [1]), ("bn.num_batches_tracked", [])])
    ) { _, _ in }
    #expect(report.isExact && report.warning == nil)
  }

  @Test("Prefixes come off, and a part can be selected")
  func keys() throws {
    let one = StoredTensor(floats: [1], shape: [1])
    let state = StateDict(["module.backbone.w": one, "module.head.w": one, "epoch": one])
    let bare = state.strippingPrefix("module.")
    #expect(Array(bare.tensors.keys) == ["backbone.w", "head.w", "epoch"])
    #expect(Array(try bare.selecting(prefix: "backbone", from: "f").tensors.keys) == ["w"])
    #expect {
      try bare.selecting(prefix: "neck.", from: "r50.pth")
    } throws: { error in
      "\(error)"
        == "r50.pth: 'neck' is not in the pretrained model: no key begins with 'neck.'"
    }
  }

  @Test(
    "Prefixes that wrappers put before a network's names may be there or not",
    arguments: [
      ("", ["backbone.w", "head.w"], KeyFit.asTheyAre),
      ("module.", ["backbone.w", "head.w"], .asTheyAre),
      ("architecture.model.", ["backbone.w", "head.w"], .without(prefix: "architecture.model.")),
      ("module.architecture.", ["backbone.w", "head.w"], .without(prefix: "architecture.")),
      (
        "", ["architecture.model.backbone.w", "architecture.model.head.w"],
        .below(prefix: "architecture.model.")
      ),
      ("architecture.model.", ["architecture.model.backbone.w", "mutator.a"], .asTheyAre),
      ("other.", ["backbone.w"], .asTheyAre),
    ])
  func prefixes(lead: String, names: [String], expected: KeyFit) throws {
    let one = StoredTensor(floats: [1], shape: [1])
    let state = StateDict(
      [lead + "backbone.w": one, lead + "head.w": one],
      metadata: .dict([.string(lead + "backbone"): ["version": 1]]))
    let (fitted, fit) = state.fitted(to: names)
    #expect(fit == expected)
    guard lead != "other." else { return }
    #expect(fitted.tensors[names[0]] != nil)
    #expect(fitted.metadata?[.string(String(names[0].dropLast(2)))]?["version"]?.integer == 1)
    #expect(try state.selecting(prefix: "backbone.", from: "f").tensors.keys == ["w"])
  }

  @Test("Masks of a pruner may be missing")
  func masks() throws {
    let state = StateDict(["conv.weight": StoredTensor(floats: [1], shape: [1])])
    let report = try state.load(
      into: entries([("conv.weight", [1]), ("conv.in_mask", [1]), ("fc.bias", [1])])
    ) { _, _ in }
    #expect(report.reportedMissing == ["conv.in_mask", "fc.bias"])
    #expect(report.essentialMissing == ["fc.bias"])
  }

  @Test("Element types convert as PyTorch's copy_ does")
  func conversions() throws {
    let floats = StoredTensor(floats: [1.5, -2.25, 65519, 1e-8], shape: [4])
    let half = try floats.tensor(on: device, dtype: .float16)
    let bytes = Array(UnsafeRawBufferPointer(start: half.storage.pointer, count: 8))
    #expect(
      try StoredTensor(dtype: .float16, shape: [4], bytes: bytes).floats() == [
        1.5, -2.25, 65504, 0,
      ])
    #expect(try floats.integers() == [1, -2, 65519, 0])
    let brain = try floats.tensor(on: device, dtype: .bfloat16)
    let brainBytes = Array(UnsafeRawBufferPointer(start: brain.storage.pointer, count: 8))
    #expect(
      try StoredTensor(dtype: .bfloat16, shape: [4], bytes: brainBytes).floats()
        == [1.5, -2.25, 65536, 1.0011717677116394e-08])
    #expect(try StoredTensor(integers: [-1, 300], shape: [2]).floats() == [-1, 300])
  }
}
