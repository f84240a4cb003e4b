import Foundation
import OrderedCollections
import Tensors
import TestKit
import Testing

@testable import Checkpoints

@Suite("Files of the original's tools")
struct OriginalFilesTests {
  @Test(
    "Tensors of PyTorch 1.13, mmcv and publish_model have the recorded values",
    arguments: [
      ("zoo_zip.pth", "zoo"), ("zoo_legacy.pth", "zoo"), ("zoo_zip_protocol4.pth", "zoo"),
      ("rare_zip.pth", "rare"), ("rare_legacy.pth", "rare"),
      ("checkpoint_sgd.pth", "checkpoint_sgd"), ("checkpoint_adam.pth", "checkpoint_adam"),
      ("published_20261124-fdd3cfc7.pth", "published"),
    ])
  func tensors(file: String, recorded: String) throws {
    let expected = try Fixtures.tensors("pickles/\(recorded).safetensors")
    let object = try TorchObject.read(Fixtures.url("pickles/\(file)").path())
    let found = object.flattened()
    #expect(found.keys.map { String($0.dropFirst()) }.sorted() == expected.names)
    for (path, tensor) in found {
      let name = String(path.dropFirst())
      #expect(tensor.shape == (try expected.shape(name)), "\(name)")
      let values = try expected.values(name)
      // The record holds eight-bit numbers without their sign.
      let actual = try tensor.doubles().map { tensor.dtype == .int8 && $0 < 0 ? $0 + 256 : $0 }
      #expect(actual == values, "\(name)")
    }
  }

  @Test("Rare objects read as data")
  func rare() throws {
    for layout in ["zip", "legacy"] {
      let object = try TorchObject.read(Fixtures.url("pickles/rare_\(layout).pth").path())
      guard case .set(let words)? = object["words"] else {
        Issue.record("no set in \(object)")
        continue
      }
      #expect(Set(words) == ["one", "two"])
      #expect(object["numpy_scalar"]?.number == 1.5 && object["numpy_int"]?.integer == 3)
      #expect(object["counter"]?.description == "{'k': {}}")
      #expect(object["raw"]?.description == "b'\\x00\\xff'")
    }
  }

  @Test("A published checkpoint has no optimizer, a training one has its groups")
  func optimizers() throws {
    let published = try Checkpoint.read(
      Fixtures.url("pickles/published_20261124-fdd3cfc7.pth").path())
    #expect(published.optimizer == nil && published.meta["exp_name"]?.text == "net.py")
    let trained = try Checkpoint.read(Fixtures.url("pickles/checkpoint_sgd.pth").path())
    let groups = try #require(trained.optimizer?["param_groups"]?.elements)
    #expect(groups.count == 5)
    #expect(groups[1]["weight_decay"]?.number == 0)
  }

  @Test("The evolution search's files hold the recorded candidates", arguments: [1, 2])
  func search(epoch: Int) throws {
    let object = try Pickle.read(Fixtures.url("pickles/search_epoch_\(epoch).pkl").path())
    let record = try JSONDecoder().decode(
      SearchRecord.self, from: Fixtures.data("pickles/search_epoch_\(epoch).json"))
    #expect(object["epoch"]?.integer == record.epoch)
    let pool = try #require(object["candidate_pool"]?.elements)
    #expect(pool.count == record.candidates.count)
    for (candidate, expected) in zip(pool, record.candidates) {
      for (space, choice) in expected {
        let tensor = try #require(candidate[.string(space)]?.tensor)
        let mask = try tensor.floats()
        let index = try #require(mask.firstIndex(of: 1))
        #expect(record.spaces[space]?[index] == choice)
      }
    }
    let scores = try #require(object["top_k_candidates_with_score"]?.dictionary).items.keys
    #expect(scores.allSatisfy { if case .float = $0 { true } else { false } })
  }

  private struct SearchRecord: Decodable {
    let epoch: Int
    let spaces: [String: [String]]
    let candidates: [[String: String]]

    enum CodingKeys: String, CodingKey {
      case epoch, spaces
      case candidates = "candidate_pool"
    }
  }

  @Test("Files that call a function are refused by its name")
  func calls() {
    let path = Fixtures.url("pickles/calls_a_function.pth").path()
    #expect {
      try Checkpoint.read(path)
    } throws: {
      ($0 as? CheckpointError)?.problem == .forbiddenGlobal("posix.getcwd")
    }
    #expect {
      try Pickle.read(Fixtures.url("pickles/calls_a_function.pkl").path())
    } throws: {
      ($0 as? CheckpointError)?.problem == .forbiddenGlobal("posix.getcwd")
    }
  }
}
