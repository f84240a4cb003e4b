import Foundation
import RemoteFiles
import Testing

@Suite struct PublishedModelsTests {
  @Test(arguments: [
    ("torchvision://resnet50", "https://download.pytorch.org/models/resnet50-0676ba61.pth"),
    ("modelzoo://ResNet50", "https://download.pytorch.org/models/resnet50-0676ba61.pth"),
    (
      "open-mmlab://resnet50_v1c",
      "https://download.openmmlab.com/pretrain/third_party/resnet50_v1c-2cccc1ad.pth"
    ),
    (
      "openmmlab://resnet50_caffe",
      "https://download.openmmlab.com/pretrain/third_party/resnet50_caffe-788b5fa3.pth"
    ),
    (
      "mmcls://vgg11",
      "https://download.openmmlab.com/mmclassification/v0/vgg/"
        + "vgg11_batch256_imagenet_20210208-4271cd6c.pth"
    ),
    ("https://host.invalid/a.pth", "https://host.invalid/a.pth"), ("a/b.pth", "a/b.pth"),
  ])
  func namesStandForURLs(location: String, url: String) throws {
    #expect(try PublishedModels.location(of: location) == url)
  }

  @Test func anUnknownNameIsAnErrorWithSimilarOnes() {
    let error = #expect(throws: RemoteFileError.self) {
      try PublishedModels.location(of: "torchvision://resnet51")
    }
    #expect(
      error.map(String.init(describing:)) == """
        torchvision://resnet51: no weights are published under this name; similar names: resnet50
        """)
    #expect(throws: RemoteFileError.unsupportedScheme(location: "pavi://a")) {
      try PublishedModels.location(of: "pavi://a")
    }
  }

  @Test func whatPyTorchDownloadedIsFound() throws {
    let home = FileManager.default.temporaryDirectory
      .appendingPathComponent("mmrazor-torch-\(UUID().uuidString)")
    let folder = home.appendingPathComponent("hub/checkpoints")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: home) }
    let file = folder.appendingPathComponent("resnet18-f37072fd.pth")
    try Data("a".utf8).write(to: file)
    let cache = FileCache(environment: [
      "MMRAZOR_CACHE": home.appendingPathComponent("none").path, "TORCH_HOME": home.path,
    ])
    #expect(try cache.file(at: "torchvision://resnet18").path == file.path)
  }
}
