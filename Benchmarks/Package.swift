// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "benchmarks",
  dependencies: [.package(name: "mmrazor", path: "..")],
  targets: [
    .executableTarget(
      name: "supernets", dependencies: [.product(name: "MMRazor", package: "mmrazor")])
  ])
