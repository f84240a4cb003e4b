import Foundation
import OrderedCollections
import Tensors
import Testing

@testable import Checkpoints

@Suite("Files that hold more than tensors")
struct ClosedObjectTests {
  private func path(_ name: String) -> String { RecordedFiles.path("closed", name) }

  private func complaint(_ name: String) -> String? {
    let path = path(name)
    do {
      _ = try Checkpoint.read(path)
      return nil
    } catch {
      return "\(error)".hasPrefix("\(path): ") ? String("\(error)".dropFirst(path.count + 2)) : ""
    }
  }

  private func expectWeight(_ checkpoint: Checkpoint, _ name: String) throws {
    #expect(try checkpoint.stateDict.tensors["fc.weight"]?.floats() == [1, 2, 3, 4], "\(name)")
  }

  @Test(
    "Weights are read whatever lies beside them",
    arguments: ["meta_zip.pth", "meta_legacy.pth", "meta_protocol4.pth"])
  func objectsInMeta(name: String) throws {
    let checkpoint = try Checkpoint.read(path(name))
    try expectWeight(checkpoint, name)
    let meta = checkpoint.meta
    let plain: OrderedDictionary<String, String> = [
      "epoch": "3", "path": "'/data/images/x.py'", "relative": "'a/b'",
      "windows": #"'C:\\data\\x.py'"#, "moment": "'2022-07-22 10:20:30.000005'",
      "utc": "'2022-07-22 10:20:30'", "day": "'2022-07-22'", "time": "'01:02:03'",
      "span": "86402.5", "deque": "[1, 2]", "decimal": "0.25", "complex": "(1.0-2.0j)",
      "yacs": "{'MODEL': {'DEPTH': 18}}", "easydict": "{'a': 1, 'b': {'c': 2}}",
      "configdict": "{'a': {'b': 1}}", "numpy_text": "'né'", "numpy_complex": "(1.0+2.0j)",
      "numpy_complexes": "array(c16, shape=[1])", "surrogate": "'a\u{FFFD}\u{FFFD}\u{FFFD}'",
    ]
    for (key, text) in plain { #expect(meta[key]?.description == text, "\(key)") }
    let closed: OrderedDictionary<String, String> = [
      "args": "argparse.Namespace", "history": "mmengine.logging.history_buffer.HistoryBuffer",
      "objects": "numpy.ndarray of O8", "texts": "numpy.ndarray of U2",
      "dates": "numpy.ndarray of M8", "big": "numpy.ndarray of >f4",
      "pair": "numpy.ndarray of V4", "enum": "project.Mode.FAST", "bag": "project.Bag",
      "function": "torch.nn.functional.relu", "class": "project.Node",
      "partial": "functools.partial", "slice": "slice", "ring": "project.Node", "keys": "dict",
      "set": "set", "module": "torch.nn.modules.activation.ReLU",
    ]
    for (key, name) in closed {
      let found = meta[key]?.closedObject?.name
      #expect(found == name || found?.hasSuffix(".\(name)") == true, "\(key): \(meta[key] as Any)")
    }
    #expect(meta["random"]?.closedObject != nil && meta["range"]?.closedObject != nil)
    // A dict that contains itself stays closed where it recurs.
    #expect(meta["cycle"]?["self"]?.closedObject?.name == "dict")

    let state = try meta["args"]?.closedObject?.content().state
    #expect(state?.description == "{'lr': 0.1, 'names': ['a']}")
    #expect(try meta["bag"]?.closedObject?.content().elements.map(\.integer) == [1, 2])
    #expect(try meta["keys"]?.closedObject?.content().entries.count == 2)
    let log = try meta["history"]?.closedObject?.content().state?["_log_history"]
    guard case .array(let values)? = log else {
      Issue.record("\(String(describing: log))")
      return
    }
    #expect(values.values == [1, 2])
    // A ring of objects can be followed without end; each step opens one.
    var node = try #require(meta["ring"]?.closedObject)
    for _ in 0..<500 { node = try #require(try node.content().state?["next"]?.closedObject) }
  }

  @Test("Tensors of other kinds do not hide those that are wanted", arguments: ["zip", "legacy"])
  func foreignTensors(layout: String) throws {
    let state = try Checkpoint.read(path("tensors_\(layout).pth")).stateDict
    #expect(Array(state.tensors.keys) == ["fc.weight", "last"])
    #expect(try state.tensors["last"]?.floats() == [7])
    let described = state.otherEntries.mapValues(\.description)
    let foreign = "<tensor of an element type that only PyTorch has>"
    #expect(
      described == [
        "quantised": "<quantised tensor>", "quantised_channels": "<quantised tensor>",
        "quantised_words": "<quantised tensor>", "complex": foreign, "complex_double": foreign,
        "sparse": "<sparse tensor>", "sparse_rows": "<sparse tensor>",
        "meta": "<tensor without data>", "parameter": foreign,
        "extra._extra_state": "<project.Node>", "array": "array(f4, shape=[2])",
      ])
    let device = CPU()
    let wanted = Tensor.zeros([1], on: device)
    #expect(try state.load(into: [("last", wanted)]) { _, _ in }.applied == ["last"])
    for (name, kind) in [
      ("quantised", "<quantised tensor>"), ("sparse", "<sparse tensor>"), ("complex", foreign),
      ("array", "a numpy array"), ("extra._extra_state", "<project.Node>"),
    ] {
      #expect {
        try state.load(into: [("last", wanted), (name, wanted)]) { _, _ in }
      } throws: {
        "\($0)"
          == "\(path("tensors_\(layout).pth")): the entry '\(name)' of the state dict is \(kind), "
          + "expected a plain tensor"
      }
    }
  }

  @Test("What is no state dict says what it is", arguments: ["zip", "legacy"])
  func otherContent(layout: String) {
    let whole =
      "holds a whole model, an object of the class 'project.Net'; what is read here is its state "
      + "dict, saved by torch.save(model.state_dict(), …)"
    #expect(complaint("model_\(layout).pth") == whole)
    #expect(complaint("model_entry_\(layout).pth") == whole)
    #expect(
      complaint("numpy_bare_\(layout).pth")
        == "the entry 'fc.weight' of the state dict is a numpy array, expected a plain tensor")
    // An entry of arrays only is refused where it is asked for.
    #expect(complaint("numpy_\(layout).pth") == nil)
    #expect(complaint("subclass_\(layout).pth") == nil)
  }

  @Test("Protocol 0 is read, escapes included")
  func protocolZero() throws {
    let object = try SavedFile.read(path("protocol0.pkl")).value
    #expect(object["text"]?.text == "it's\n\té" && object["raw"]?.text == "a\\b")
    #expect(object["space"]?.closedObject?.name == "argparse.Namespace")
    #expect(object["yacs"]?["MODEL"]?["DEPTH"]?.integer == 18)
  }

  @Test(
    "Archives that were packed again are read", arguments: ["deflated", "stored", "deflated_bare"])
  func packedAgain(name: String) throws {
    let object = try TorchObject.read(path("\(name).pth"))
    #expect(try object["state_dict"]?["fc.weight"]?.tensor?.floats() == [1, 2, 3, 4])
    #expect(try object["zeros"]?.tensor?.floats() == [Float](repeating: 0, count: 5000))
  }

  @Test("Other archives are told apart")
  func otherArchives() {
    #expect(
      complaint("bzip2.pth")
        == "the compression of 'again/data.pkl', method 12 of ZIP archives, is not supported")
    #expect(
      complaint("wrapped.zip")
        == "is no PyTorch checkpoint; it looks like a ZIP archive around 'epoch_1.pth', which is to "
        + "be unpacked first")
    #expect(
      complaint("script.pt")
        == "is a TorchScript archive, which holds a program; what is read here is its state dict, "
        + "saved by torch.save(model.state_dict(), …)")
    #expect(
      complaint("other.tar")
        == "is no PyTorch checkpoint; it looks like a tar file of something else")
  }

  @Test("The tar layout is read")
  func tar() throws {
    let checkpoint = try Checkpoint.read(path("old.pth.tar"))
    try expectWeight(checkpoint, "old.pth.tar")
    #expect(checkpoint.otherEntries["epoch"]?.integer == 2)
    #expect(try checkpoint.otherEntries["count"]?.tensor?.integers() == [5, 6])
    #expect(try checkpoint.otherEntries["column"]?.tensor?.floats() == [1, 4])
    #expect(checkpoint.otherEntries["args"]?.closedObject?.name == "argparse.Namespace")
    #expect(try SavedFile.read(path("old.pth.tar")).kind == .tar)
  }

  @Test(
    "Marks of wrappers come off",
    arguments: [
      "_orig_mod", "module_orig_mod", "_orig_modmodule", "modulemodule", "inner",
    ])
  func wrappers(name: String) throws {
    let state = try Checkpoint.read(path("prefix_\(name).pth")).stateDict
    #expect(Array(state.fitted(to: ["fc.weight"]).stateDict.tensors.keys) == ["fc.weight"])
    #expect(Array(state.unwrapped.tensors.keys) == ["fc.weight"])
    #expect(try state.selecting(prefix: "fc", from: "f").tensors.keys == ["weight"])
  }

  @Test("What cannot be written again is taken out and told")
  func takenOut() throws {
    var checkpoint = try Checkpoint.read(path("meta_zip.pth"))
    let removed = checkpoint.removeClosedObjects()
    #expect(removed.contains("meta.args (argparse.Namespace)"))
    #expect(removed.contains("meta.cycle.self (dict)"))
    #expect(checkpoint.meta["args"] == nil && checkpoint.meta["epoch"]?.integer == 3)
    let folder = try TemporaryFolder()
    try checkpoint.write(to: folder.file("x.pth"))
    let again = try Checkpoint.read(folder.file("x.pth"))
    try expectWeight(again, "x.pth")
    #expect(again.meta["complex"]?.description == "(1.0-2.0j)")
    #expect(checkpoint.removeClosedObjects().isEmpty)
  }

  @Test("Safetensors files are read as checkpoints")
  func safetensors() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("x.safetensors")
    let tensors: OrderedDictionary<String, StoredTensor> = [
      "b.weight": StoredTensor(floats: [1, 2, 3, 4], shape: [2, 2]),
      "a.count": StoredTensor(integers: [5], shape: []),
      "c.mask": StoredTensor(dtype: .bool, shape: [3], bytes: [1, 0, 1]),
    ]
    try Safetensors.write(
      tensors, facts: ["format": "pt", "epoch": "12", "CLASSES": "cat\ndog"], to: path)
    let checkpoint = try Checkpoint.read(path)
    #expect(Set(checkpoint.stateDict.tensors.keys) == ["a.count", "b.weight", "c.mask"])
    #expect(try checkpoint.stateDict.tensors["b.weight"]?.floats() == [1, 2, 3, 4])
    #expect(try checkpoint.stateDict.tensors["a.count"]?.integers() == [5])
    #expect(try checkpoint.stateDict.tensors["c.mask"]?.floats() == [1, 0, 1])
    #expect(checkpoint.meta["epoch"]?.integer == 12)
    #expect(checkpoint.meta["CLASSES"]?.elements?.compactMap(\.text) == ["cat", "dog"])
    #expect(try SavedFile.read(path).kind == .safetensors)

    func complaint(_ header: String, _ data: [UInt8] = []) throws -> String? {
      let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) }
      let file = try folder.write(length + Array(header.utf8) + data, to: "y.safetensors")
      do {
        let state = try Checkpoint.read(file).stateDict
        return state.otherEntries.values.first?.description
      } catch { return "\("\(error)".dropFirst(file.count + 2))" }
    }
    let entry = { (type: String, shape: String, offsets: String) in
      "{\"x\":{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}}"
    }
    let four: [UInt8] = [0, 0, 0, 0]
    #expect(try complaint(entry("F32", "[1]", "[0,4]"), four) == nil)
    #expect(try complaint(entry("F8_E4M3", "[4]", "[0,4]"), four) == "<safetensors.F8_E4M3>")
    #expect(try complaint(entry("F32", "[1]", "[0,4]")) == "the file is cut off within 'x'")
    #expect(
      try complaint(entry("F32", "[2]", "[0,4]"), four)?.hasPrefix("the file is damaged") == true)
    #expect(
      try complaint(entry("F32", "[9223372036854775807,4]", "[0,4]"), four)?
        .hasPrefix("the file is damaged") == true)
    #expect(
      try complaint(entry("U8", "[1]", "[0,4]"), four)
        == "the file is damaged: 'x': 4 bytes for the shape [1] of U8")
    #expect(
      try complaint(entry("F32", "[1]", "[4,0]"), four)
        == "the file is damaged: 'x': it ends before it begins")
    #expect(
      try complaint("{\"x\":3}", four)
        == "the file is damaged: the header: the entry 'x' is incomplete")
    #expect(
      try complaint("{\"x\"", four) == "the file is damaged: the header: it is no JSON object")
  }
}
