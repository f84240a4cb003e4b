public import Configs

/// A pair of modules and what compares their outputs: an entry of a distiller's `components`.
public struct DistillationComponent {
  public var studentModule: String
  public var teacherModule: String
  /// With the names under which the losses are logged.
  public var losses: [(name: String, loss: any DistillationLoss)]

  public init(
    studentModule: String, teacherModule: String,
    losses: [(name: String, loss: any DistillationLoss)]
  ) {
    self.studentModule = studentModule
    self.teacherModule = teacherModule
    self.losses = losses
  }

  /// Reads `dict(student_module=…, teacher_module=…, losses=[dict(type=…, name=…, …)])`.
  public init(
    _ config: Config, path: ConfigPath, scope: Scope, in context: DistillationContext
  ) throws {
    var reader = try ConfigReader(config, path: path, scope: scope)
    studentModule = try reader.read("student_module")
    teacherModule = try reader.read("teacher_module")
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
