import Foundation
import OrderedCollections
import SearchSpaces
import TestKit
import Testing

@Suite struct SubnetTests {
  static let text = """
    stage_0_block_0:
      chosen:
      - shuffle_3x3
    stage_0_block_1:
      chosen:
      - shuffle_xception

    """

  @Test func readsWhatTheOriginalWrites() throws {
    let subnet = try Subnet(yaml: Self.text, file: "a.yaml")
    #expect(
      subnet.chosen == [
        "stage_0_block_0": ["shuffle_3x3"], "stage_0_block_1": ["shuffle_xception"],
      ])
    #expect(subnet["stage_0_block_1"] == "shuffle_xception")
  }

  @Test func writesSpacesSortedAsTheOriginal() {
    let subnet = Subnet([
      "stage_0_block_1": ["shuffle_xception"], "stage_0_block_0": ["shuffle_3x3"],
    ])
    #expect(subnet.yaml == Self.text)
  }

  @Test func quotesNamesThatReadAsSomethingElse() throws {
    let subnet = Subnet(["a": ["3x3"], "b": ["no"], "c": ["it's: so"]])
    #expect(subnet.yaml.contains("- 'no'"))
    #expect(try Subnet(yaml: subnet.yaml, file: "a.yaml") == subnet)
  }

  @Test func equalityDoesNotDependOnOrder() {
    let a = Subnet(["x": ["1"], "y": ["2"]])
    let b = Subnet(["y": ["2"], "x": ["1"]])
    #expect(a == b)
    #expect(Set([a, b]).count == 1)
  }

  @Test(arguments: [
    ("- a\n", "it is not a dictionary of search spaces"),
    ("a: 1\n", "'a' has no list 'chosen' of block names"),
    ("a:\n  chosen: []\n", "'a' has no list 'chosen' of block names"),
  ])
  func rejectsOtherFiles(text: String, reason: String) {
    #expect(throws: SearchSpaceError.malformedSubnet(file: "f.yaml", reason: reason)) {
      try Subnet(yaml: text, file: "f.yaml")
    }
  }

  @Test func namesAFileThatIsNotThere() {
    #expect { try Subnet(contentsOf: "/nowhere/subnet.yaml") } throws: {
      guard case SearchSpaceError.unreadableSubnet(let file, _) = $0 else { return false }
      return file == "/nowhere/subnet.yaml"
    }
  }
}
