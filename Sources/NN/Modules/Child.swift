/// A property of a module that holds one of its children, in the state dict too.
///
///     @Child private var conv: Conv2d              // under `conv`
///     @Child private var dropPath: any Layer       // under `drop_path`
///     @Child private var downsample: Conv2d?       // no child while it is nil
///     @Child("fc.0") private var first = Linear(…)
///
/// A name that the config brings is given with the value, in the initializer:
///
///     _norm = Child(name: spec.childName, spec.make(width, in: context))
///
/// The value is a module of any type, or an optional one.
@propertyWrapper
public final class Child<Value> {
  @usableFromInline
  internal private(set) var value: Value
  private var name: String?
  /// The parent, which lives at least as long as its property.
  private unowned var parent: Module?

  public init(wrappedValue: Value) {
    value = wrappedValue
  }

  public init(wrappedValue: Value, _ name: String) {
    value = wrappedValue
    self.name = name
  }

  public convenience init(name: String, _ value: Value) {
    self.init(wrappedValue: value, name)
  }

  @inlinable
  public var wrappedValue: Value {
    get { value }
    set { set(newValue) }
  }

  @usableFromInline
  func set(_ newValue: Value) {
    value = newValue
    parent?.listChildren()
  }
}

extension Child: ChildCell {
  var children: [NamedChild] {
    guard let name, let module = Module.inCell(value, name) else { return [] }
    return [(name, module)]
  }

  func attach(to parent: Module, key: String) {
    self.parent = parent
    name = name ?? key
  }

  func replace(_ name: String, with module: Module) throws(ModuleError) {
    guard let value = module as? Value else {
      throw .wrongType(name, of: parent, holds: Value.self, found: module)
    }
    set(value)
  }

  func remove(_ name: String) {
    guard let empty = (Value.self as? any AnyOptional.Type)?.none as? Value else {
      preconditionFailure("the child '\(name)' cannot be left out: it is no optional")
    }
    set(empty)
  }
}
