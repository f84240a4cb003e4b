import Foundation
import OrderedCollections
import Tensors
import Testing

@testable import Checkpoints

@Suite("Reading what PyTorch wrote")
struct ReadingTests {
  @Test(
    "Every tensor of every recorded file has the recorded type, shape and values",
    arguments: RecordedFiles.versions)
  func tensors(version: String) throws {
    let expected = try RecordedFiles.expected(version)
    #expect(expected.count >= 10)
    for (name, wanted) in expected {
      let found = try RecordedFiles.read(RecordedFiles.path(version, name)).flattened()
      #expect(Set(found.keys) == Set(wanted.keys), "\(name)")
      for (path, tensor) in found {
        let want = try #require(wanted[path])
        #expect(tensor.dtype.rawValue == want.dtype, "\(name)\(path)")
        #expect(tensor.shape == Shape(want.shape), "\(name)\(path)")
        #expect(try tensor.doubles() == want.values, "\(name)\(path)")
      }
    }
  }

  @Test("Objects around tensors keep their kind and order", arguments: RecordedFiles.versions)
  func objects(version: String) throws {
    let names = ["objects_zip.pth", "objects_legacy.pth"] + (2...5).map { "objects_\($0).pkl" }
    for name in names {
      let object = try RecordedFiles.read(RecordedFiles.path(version, name))
      #expect(
        object.description == """
          {'none': None, 'true': True, 'int': -5, 'short': 300, 'long': 1099511627776, \
          'negative': -1099511627776, 'huge': 0x400000000000000000, 'float': 0.1, \
          'text': "it's\\né中", 'bytes': b'\\x00\\xff', 'list': [1, [2, ()]], 'tuple': (1,), \
          'set': {3}, 'size': torch.Size([2, 3]), 'device': device('cuda:0'), \
          'dtype': torch.float16, 'ordered': OrderedDict([('weight', tensor(float32, shape=[1]))]), \
          'numpy_float': 1.5, 'numpy_float32': 0.5, 'numpy_int': -4, 'numpy_bool': True, \
          'numpy_array': array(f4, shape=[2, 3]), 'numpy_fortran': array(i2, shape=[2, 2]), \
          'default': {'a': [1]}, 1: 'int key', (1, 'a'): 'tuple key', 28.5: 'float key'}
          """, "\(name)")
      guard case .array(let array)? = object["numpy_array"],
        case .array(let fortran)? = object["numpy_fortran"]
      else {
        Issue.record("\(name): no arrays")
        continue
      }
      #expect(array.values == [0, 1, 2, 3, 4, 5])
      #expect(fortran.isFortranOrder && fortran.values == [0, 2, 1, 3])
      let metadata = object["ordered"]?.dictionary?.attributes["_metadata"]
      #expect(metadata?["bn"]?["version"]?.integer == 2)
    }
  }

  @Test(
    "A training checkpoint has meta, state dict and optimizer", arguments: RecordedFiles.versions)
  func checkpoint(version: String) throws {
    for layout in ["zip", "legacy"] {
      let checkpoint = try Checkpoint.read(
        RecordedFiles.path(version, "checkpoint_sgd_\(layout).pth"))
      #expect(checkpoint.meta["iter"]?.integer == 5)
      #expect(checkpoint.meta["CLASSES"]?.elements?.compactMap(\.text) == ["cat", "dog"])
      #expect(
        Array(checkpoint.stateDict.tensors.keys) == [
          "conv.weight", "bn.weight", "bn.bias", "bn.running_mean", "bn.running_var",
          "bn.num_batches_tracked", "fc.weight", "fc.bias",
        ])
      #expect(try checkpoint.stateDict.tensors["bn.num_batches_tracked"]?.integers() == [1])
      #expect(checkpoint.stateDict.metadata?["bn"]?["version"]?.integer == 2)
      let optimizer = try #require(checkpoint.optimizer)
      let group = try #require(optimizer["param_groups"]?.elements?.first)
      #expect(group["lr"]?.number == 0.1 && group["momentum"]?.number == 0.9)
      #expect(optimizer["state"]?[0]?["momentum_buffer"]?.tensor?.shape == [3, 2, 3, 3])
    }
  }

  @Test("The evolution search's file reads")
  func search() throws {
    let object = try Pickle.read(RecordedFiles.path("torch1.13", "search_epoch_1.pkl"))
    #expect(object["epoch"]?.integer == 1)
    let top = try #require(object["top_k_candidates_with_score"]?[.float(28.5)])
    #expect(try top["stage_0_block_0"]?.tensor?.floats() == [1, 0, 0, 0])
  }

  @Test("Views of one storage share it")
  func sharing() throws {
    for layout in ["zip", "legacy"] {
      let object = try TorchObject.read(RecordedFiles.path("torch1.13", "tensors_\(layout).pth"))
      let whole = try #require(object["whole"]?.tensor)
      let slice = try #require(object["slice"]?.tensor)
      #expect(whole.storage === slice.storage)
      #expect(slice.offset == 4 && slice.strides == [12, 4, 2])
      #expect(object["parameter"]?.tensor?.isParameter == true)
    }
  }
}
