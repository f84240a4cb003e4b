public import Configs

/// The components of this module, under the names that configs use.
public enum VisionCatalogs {
  public static let transforms = Catalog<any Transform, VisionContext>(
    "pipeline", scope: "mmcls", [:])

  public static let datasets = Catalog<any Dataset, VisionContext>(
    "dataset", scope: "mmcls", [:])
}
