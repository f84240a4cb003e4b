internal import Checkpoints
internal import OrderedCollections

extension StateDict {
  private static let teacherLead = "distiller.teacher."

  /// The state without that of a distiller: the student's.
  var withoutDistiller: StateDict {
    var student = strippingPrefix("module.")
    student.tensors.removeAll { key, _ in key.hasPrefix("distiller.") }
    return student
  }

  /// The state of the distiller's teacher, where there is one; else the whole state, which is then
  /// a checkpoint of the teacher itself.
  var ofTeacher: StateDict {
    var teacher = strippingPrefix("module.")
    guard teacher.tensors.keys.contains(where: { $0.hasPrefix(Self.teacherLead) }) else {
      return self
    }
    teacher.tensors.removeAll { key, _ in !key.hasPrefix(Self.teacherLead) }
    return teacher.strippingPrefix(Self.teacherLead)
  }
}
