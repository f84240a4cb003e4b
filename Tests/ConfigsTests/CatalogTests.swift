import Configs
import Testing

@Suite("Registries of several libraries")
struct CatalogTests {
  private struct Part: Equatable {
    var text: String
  }

  private final class Context: Sendable {
    let catalog: Catalog<Part, Context>
    init(_ catalog: Catalog<Part, Context>) { self.catalog = catalog }
  }

  /// A component that says its library, and has its part built in its own scope.
  private static func marked(_ library: String, _ name: String) -> Catalog<Part, Context>.Table {
    [
      name: { reader, context in
        let inner = try reader.buildIfPresent("inner", from: context.catalog, context: context)
        let text = "\(library).\(name)"
        return Part(text: inner.map { "\(text)(\($0.text))" } ?? text)
      }
    ]
  }

  private static let shared: Catalog<Part, Context> = {
    var catalog = Catalog("part", scope: .mmcls, marked("mmcls", "Resize"))
    catalog = catalog.joined(with: Catalog("part", scope: .mmdet, marked("mmdet", "Resize")))
    catalog = catalog.joined(with: Catalog("part", scope: .mmseg, marked("mmseg", "Resize")))
    catalog.add(marked("mmcls", "Searchable"), scope: .mmcls)
    catalog.add(marked("mmcls", "Rotate"), scope: .mmcls)
    catalog.add(marked("mmcv", "Shared"), scope: .mmcv)
    catalog.add(marked("mmrazor", "Root"), scope: .mmrazor)
    catalog.note(upstream: "Resize Expand Rotate", scope: .mmdet)
    catalog.note(upstream: "Shared EMAHook", scope: .mmcv)
    return catalog
  }()

  private func build(_ config: Config, in scope: Scope) throws -> String {
    try Self.shared.build(config, path: "a", scope: scope, context: Context(Self.shared)).text
  }

  private func message(_ config: Config, in scope: Scope) -> String? {
    #expect(throws: ConfigError.self) { _ = try build(config, in: scope) }?.description
  }

  @Test(
    "a name is looked up in its scope, and then in the parents of the scope",
    arguments: [
      ("Resize", .mmcls, "mmcls.Resize"), ("Resize", .mmdet, "mmdet.Resize"),
      ("Resize", .mmseg, "mmseg.Resize"), ("mmcls.Resize", .mmdet, "mmcls.Resize"),
      ("Shared", .mmseg, "mmcv.Shared"), ("Root", .mmdet, "mmrazor.Root"),
      ("Root", .mmcv, "mmrazor.Root"), ("mmdet.Shared", .mmcls, "mmcv.Shared"),
      ("mmrazor.Resize", .mmseg, "mmseg.Resize"), ("mmrazor.Root", .mmrazor, "mmrazor.Root"),
    ] as [(String, Scope, String)])
  func places(type: String, scope: Scope, expected: String) throws {
    #expect(try build(["type": .string(type)], in: scope) == expected)
    #expect(Self.shared.contains(type, scope: scope))
  }

  @Test(
    "parts are built in the scope of the whole",
    arguments: [
      (["type": "Resize", "inner": ["type": "Resize"]], .mmdet, "mmdet.Resize(mmdet.Resize)"),
      (
        ["type": "mmcls.Searchable", "inner": ["type": "Resize"]], .mmdet,
        "mmcls.Searchable(mmcls.Resize)"
      ),
      (
        ["type": "mmcls.Resize", "inner": ["type": "mmdet.Resize", "inner": ["type": "Resize"]]],
        .mmseg, "mmcls.Resize(mmdet.Resize(mmdet.Resize))"
      ),
      // What all libraries share belongs to the one that uses it.
      (["type": "Shared", "inner": ["type": "Resize"]], .mmdet, "mmcv.Shared(mmdet.Resize)"),
      (["type": "mmcv.Shared", "inner": ["type": "Resize"]], .mmseg, "mmcv.Shared(mmseg.Resize)"),
      (
        ["type": "mmrazor.Resize", "inner": ["type": "Resize"]], .mmdet,
        "mmdet.Resize(mmdet.Resize)"
      ),
    ] as [(Config, Scope, String)])
  func children(config: Config, scope: Scope, expected: String) throws {
    #expect(try build(config, in: scope) == expected)
  }

  @Test(
    "an unknown name tells where it exists, or that it does not here, or the nearest one",
    arguments: [
      (
        "Searchable", .mmdet,
        "there is no part named 'Searchable' here; it exists in mmcls: write 'mmcls.Searchable'"
      ),
      (
        "Resize", .mmcv,
        "there is no part named 'Resize' here; it exists in mmcls and mmdet and mmseg: "
          + "write 'mmcls.Resize' or 'mmdet.Resize' or 'mmseg.Resize'"
      ),
      (
        "Rotate", .mmdet,
        "there is no part named 'Rotate' available here; it exists in mmcls: write 'mmcls.Rotate'"
      ),
      ("Expand", .mmdet, "there is no part named 'Expand' available here"),
      ("mmdet.Expand", .mmcls, "there is no part named 'mmdet.Expand' available here"),
      ("EMAHook", .mmcls, "there is no part named 'EMAHook' available here"),
      ("Rezise", .mmdet, "there is no part named 'Rezise'; did you mean 'Resize'?"),
      (
        "mmcls.Rezise", .mmdet,
        "there is no part named 'mmcls.Rezise'; did you mean 'mmcls.Resize'?"
      ),
      ("mmrazor.Rezise", .mmdet, "there is no part named 'mmrazor.Rezise'; did you mean 'Resize'?"),
      (
        "mmcsl.Resize", .mmdet,
        "there is no part named 'mmcsl.Resize'; did you mean 'mmcls.Resize'?"
      ),
      ("Zzz", .mmdet, "there is no part named 'Zzz'"),
    ] as [(String, Scope, String)])
  func unknown(type: String, scope: Scope, expected: String) {
    #expect(message(["type": .string(type)], in: scope) == "a.type: " + expected)
    #expect(!Self.shared.contains(type, scope: scope))
    let error = #expect(throws: ConfigError.self) {
      try Self.shared.checkType(of: ["type": .string(type)], path: "a", scope: scope)
    }
    #expect(error?.description == "a.type: " + expected)
  }

  @Test("an entry is added to one catalog, and no other knows it")
  func adding() throws {
    let mine = Scope("mine", parent: .mmdet)
    var catalog = Self.shared
    catalog.add("Resize", scope: mine) { _, _ in Part(text: "mine.Resize") }
    catalog.add("Own", scope: mine) { _, _ in Part(text: "mine.Own") }
    catalog.add("Own", scope: .mmdet) { _, _ in Part(text: "mmdet.Own") }
    func text(_ type: String, _ scope: Scope) throws -> String {
      try catalog.build(["type": .string(type)], path: "a", scope: scope, context: Context(catalog))
        .text
    }
    #expect(try text("mine.Resize", .mmcls) == "mine.Resize")
    #expect(try text("Resize", mine) == "mine.Resize")
    #expect(try text("Own", .mmdet) == "mmdet.Own")
    #expect(try text("mine.Shared", .mmcls) == "mmcv.Shared")
    #expect(
      message(["type": "mine.Own"], in: .mmdet) == "a.type: there is no part named 'mine.Own'")
  }

  @Test("scopes of users hang below any other")
  func lineage() {
    let mine = Scope("mine", parent: .mmseg)
    #expect(mine.sees(.mmseg) && mine.sees(.mmcv) && mine.sees(.mmrazor) && mine.sees(mine))
    #expect(!mine.sees(.mmdet) && !Scope.mmseg.sees(mine))
    #expect("\(mine)" == "mine")
    #expect(Self.shared.names(seenFrom: mine) == ["Resize", "Root", "Shared"])
  }

  @Test("the same name twice in a scope is a programming error")
  func clash() async {
    await #expect(processExitsWith: .failure) {
      _ = Catalog<Int, Void>("part", scope: .mmdet, ["Resize": { _, _ in 1 }])
        .joined(with: Catalog("part", scope: .mmdet, ["Resize": { _, _ in 2 }]))
    }
    await #expect(processExitsWith: .failure) {
      var catalog = Catalog<Int, Void>("part", scope: .mmdet, ["Resize": { _, _ in 1 }])
      catalog.add("Other", scope: Scope("mmdet", parent: nil)) { _, _ in 1 }
    }
  }

  @Test("a list of components, or one, is built with the place of each")
  func lists() throws {
    func build(_ config: Config) throws -> [String] {
      var reader = try ConfigReader(config, path: "a", scope: .mmdet)
      let parts = try reader.buildAll(
        "parts", from: Self.shared, context: Context(Self.shared))
      try reader.finish()
      return parts.map(\.text)
    }
    #expect(try build([:]) == [])
    #expect(try build(["parts": nil]) == [])
    #expect(try build(["parts": ["type": "Resize"]]) == ["mmdet.Resize"])
    #expect(
      try build(["parts": [["type": "Resize"], ["type": "mmcls.Resize"]]])
        == ["mmdet.Resize", "mmcls.Resize"])
    let error = #expect(throws: ConfigError.self) {
      try build(["parts": [["type": "Resize"], ["type": "Zzz"]]])
    }
    #expect(error?.description == "a.parts.1.type: there is no part named 'Zzz'")
  }
}
