public import Configs

/// A pair of modules and the losses that compare their outputs: an entry of a distiller's
/// `components`.
public struct DistillationComponent {
  public var studentModule: String
  public var teacherModule: String
  /// The layer between the student's output and the losses.
  public var connector: Connector?
  /// With the names under which the losses are logged.
  public var losses: [(name: String, loss: any DistillationLoss)]

  public init(
    studentModule: String, teacherModule: String, connector: Connector? = nil,
    losses: [(name: String, loss: any DistillationLoss)]
  ) {
    self.connector = connector
    self.studentModule = studentModule
    self.teacherModule = teacherModule
    self.losses = losses
  }

  /// Reads `dict(student_module=…, teacher_module=…, losses=[dict(type=…, name=…, …)])`, and an
  /// `align_module` where there is one.
  public init(
    _ config: Config, path: ConfigPath, scope: Scope, in context: DistillationContext
  ) throws {
    var reader = try ConfigReader(config, path: path, scope: scope)
    studentModule = try reader.read("student_module")
    teacherModule = try reader.read("teacher_module")
    if let align: Config = try reader.readIfPresent("align_module") {
      var fields = try ConfigReader(align, path: reader.path.appending("align_module"))
      connector = try Connector(&fields, in: context.layers)
      try fields.finish()
    }
    let path = reader.path.appending("losses")
    losses = []
    for (index, entry) in try reader.read("losses", as: [Config].self).enumerated() {
      let path = path.appending(index)
      var fields = try ConfigReader(entry, path: path)
      let name: String = try fields.read("name")
      losses.append(
        (
          name,
          try context.losses.build(
            .dict(fields.readRemaining()), path: path, scope: scope, context: context.layers)
        ))
    }
    try reader.finish()
  }
}
