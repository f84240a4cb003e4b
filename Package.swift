// swift-tools-version: 6.2
import PackageDescription

let swiftSettings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("ExistentialAny"),
  .treatAllWarnings(as: .error),
]

/// A library target of the package; the module graph is the architecture.
func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: swiftSettings)
}

/// Tests run in release mode, but are not optimised themselves: they compile faster, and what they
/// measure is the library.
let testSettings = swiftSettings + [.unsafeFlags(["-Onone"])]

/// The test target that belongs to a library target.
func tests(for name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .testTarget(
    name: name + "Tests",
    dependencies: [.target(name: name), "TestKit"] + dependencies,
    swiftSettings: testSettings)
}

let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let collections = Target.Dependency.product(
  name: "OrderedCollections", package: "swift-collections")
let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
  name: "mmrazor",
  products: [
    .executable(name: "mmrazor", targets: ["mmrazor"]),
    .library(
      name: "MMRazor",
      targets: [
        "Annotations", "Configs", "JSONStream", "RemoteFiles", "PythonConfigs", "Kernels",
        "Tensors", "NN", "Checkpoints", "Distributed", "Vision", "Zoo", "Pruning", "Distillation",
        "Training", "Detectors", "SearchSpaces", "Algorithms", "Searchers",
      ]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    // Level 0: system leaves and the config tree.
    .systemLibrary(name: "CPython", pkgConfig: "python3-embed"),
    .systemLibrary(name: "COneDNN"),
    .systemLibrary(name: "CMPI", pkgConfig: "ompi-c"),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib"),
    .target(
      name: "CCodecs",
      cSettings: [.unsafeFlags(["-O2", "-Wall", "-Werror"])],
      linkerSettings: [
        .linkedLibrary("jpeg"), .linkedLibrary("png"), .linkedLibrary("tiff"),
        .linkedLibrary("webp"), .linkedLibrary("webpdemux"),
      ]),
    .target(
      name: "CImaging",
      cxxSettings: [.unsafeFlags(["-isystem", "/usr/include/opencv4", "-O3"])],
      linkerSettings: [.linkedLibrary("opencv_imgproc"), .linkedLibrary("opencv_core")]),
    .target(
      name: "CKernels",
      cSettings: [
        .unsafeFlags([
          "-O3", "-ffp-contract=fast", "-fno-math-errno", "-fno-trapping-math", "-Wall", "-Werror",
        ])
      ],
      linkerSettings: [.linkedLibrary("gomp")]),
    library("Annotations", []),
    library("Configs", [collections, yams]),
    library("JSONStream", []),
    library("RemoteFiles", []),

    // Level 1
    library("PythonConfigs", ["Configs", "CPython", collections]),
    library("Kernels", ["COneDNN", "CKernels"]),

    // Level 2
    library("Tensors", ["Kernels"]),

    // Level 3
    library("NN", ["Configs", "Tensors"]),
    library("Checkpoints", ["Tensors", "CKernels", "CZlib", collections]),
    library("Distributed", ["Tensors", "CMPI"]),
    library("Vision", ["Annotations", "Configs", "Tensors", "CCodecs", "CImaging", collections]),

    // Level 4
    library("Zoo", ["Annotations", "Configs", "Tensors", "NN"]),
    library("Pruning", ["Configs", "Tensors", "NN", yams, collections]),
    library("Distillation", ["Annotations", "Configs", "Tensors", "NN"]),
    library(
      "Training",
      [
        "Annotations", "Configs", "Tensors", "NN", "Vision", "Checkpoints", "Distributed", logging,
        collections,
      ]),

    // Level 5
    library("Detectors", ["Annotations", "CKernels", "Tensors"]),
    library("SearchSpaces", ["Configs", "Tensors", "NN", "Zoo", yams, collections]),

    // Level 6
    library(
      "Algorithms",
      [
        "Annotations", "Configs", "RemoteFiles", "Tensors", "NN", "Zoo", "Pruning", "Distillation",
        "SearchSpaces", "Training", "Vision", collections,
      ]),

    // Level 7
    library(
      "Searchers",
      [
        "Configs", "Tensors", "NN", "Zoo", "Algorithms", "SearchSpaces", "Pruning", "Training",
        "Vision", "Checkpoints", logging, collections,
      ]),

    // Level 8: the command line, the only place that lists every component.
    .executableTarget(
      name: "mmrazor",
      dependencies: [
        "Annotations", "Configs", "RemoteFiles", "PythonConfigs", "Kernels", "Tensors", "NN",
        "Checkpoints", "Vision", "Zoo", "Pruning", "Distillation", "Training", "SearchSpaces",
        "Algorithms",
        "Searchers", argumentParser, logging, collections, yams,
      ],
      swiftSettings: swiftSettings),

    // Tests
    .target(
      name: "TestKit",
      dependencies: ["Tensors"],
      path: "Tests/TestKit",
      swiftSettings: swiftSettings),
    tests(for: "Annotations"),
    tests(for: "Configs", [collections]),
    tests(for: "JSONStream"),
    tests(for: "RemoteFiles"),
    tests(for: "PythonConfigs", ["Configs", collections]),
    tests(for: "Kernels", ["COneDNN", "CKernels"]),
    tests(for: "Tensors", ["Kernels"]),
    tests(for: "NN", ["Configs", "Tensors"]),
    tests(for: "Checkpoints", ["Tensors", collections]),
    tests(for: "Distributed", ["Kernels", "Tensors", "NN"]),
    tests(for: "Vision", ["Annotations", "Configs", "Tensors"]),
    tests(for: "Zoo", ["Configs", "Kernels", "Tensors", "NN", collections]),
    tests(for: "Pruning", ["Configs", "Tensors", "NN", "Zoo", collections]),
    tests(for: "Distillation", ["Annotations", "Configs", "Tensors", "NN"]),
    tests(
      for: "Training",
      [
        "Annotations", "Configs", "Tensors", "NN", "Vision", "Checkpoints", "Distributed", logging,
        collections,
      ]),
    tests(for: "Detectors", ["Annotations", "NN", "Tensors"]),
    tests(for: "SearchSpaces", ["Configs", "Tensors", "NN", "Zoo", collections]),
    tests(
      for: "Algorithms",
      [
        "Annotations", "Configs", "RemoteFiles", "Tensors", "NN", "Zoo", "Pruning", "Distillation",
        "SearchSpaces", "Training", "Vision", collections,
      ]),
    tests(
      for: "Searchers",
      [
        "Annotations", "Checkpoints", "Configs", "RemoteFiles", "Tensors", "NN", "Zoo",
        "Algorithms", "SearchSpaces", "Pruning", "Training", "Vision", logging, collections,
      ]),
    .testTarget(
      name: "CommandLineTests",
      dependencies: [
        "mmrazor", "Algorithms", "Configs", "SearchSpaces", "Vision", "Zoo", "TestKit",
      ],
      swiftSettings: testSettings),
  ],
  cxxLanguageStandard: .cxx17
)
