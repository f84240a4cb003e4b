internal import COneDNN

/// A oneDNN memory object: a description and an address that changes from call to call.
struct MemoryHandle: ~Copyable {
  let object: dnnl_memory_t

  init(
    _ description: dnnl_memory_desc_t, library: OneDNN, at pointer: UnsafeMutableRawPointer?
  ) {
    var description = description
    var object: dnnl_memory_t?
    library.attempt("memory object") {
      dnnl_memory_create(&object, &description, library.engine, pointer)
    }
    guard let object else { preconditionFailure("oneDNN gave no memory object") }
    self.object = object
  }

  deinit {
    dnnl_memory_destroy(object)
  }

  func point(to pointer: UnsafeMutableRawPointer?) {
    checkOneDNN(dnnl_memory_set_data_handle(object, pointer), "memory address")
  }

  func point(toSource pointer: Source) {
    point(to: UnsafeMutableRawPointer(mutating: pointer))
  }

  func point(to elements: Elements) {
    point(to: UnsafeMutableRawPointer(mutating: elements.address))
  }
}

/// A change of arrangement.
struct ReorderHandle: ~Copyable {
  let primitive: dnnl_primitive_t

  init(
    from source: dnnl_memory_desc_t, to target: dnnl_memory_desc_t, library: OneDNN
  ) {
    var source = source
    var target = target
    var description: dnnl_primitive_desc_t?
    let engine = library.engine
    library.attempt("reorder") {
      dnnl_reorder_primitive_desc_create(&description, &source, engine, &target, engine, nil)
    }
    var primitive: dnnl_primitive_t?
    library.attempt("reorder") { dnnl_primitive_create(&primitive, description) }
    dnnl_primitive_desc_destroy(description)
    guard let primitive else { preconditionFailure("oneDNN gave no reorder") }
    self.primitive = primitive
  }

  deinit {
    dnnl_primitive_destroy(primitive)
  }
}

extension dnnl_memory_desc_t {
  /// Elements of these extents in the order that `tag` says.
  init(_ extents: [Int], _ precision: Precision = .float32, tag: dnnl_format_tag_t) {
    self.init()
    let dimensions = extents.map { dnnl_dim_t($0) }
    checkOneDNN(
      dnnl_memory_desc_init_by_tag(
        &self, Int32(extents.count), dimensions,
        precision == .float32 ? dnnl_f32 : dnnl_bf16, tag),
      "memory description \(extents)")
  }

  var byteCount: Int {
    var copy = self
    return dnnl_memory_desc_get_size(&copy)
  }

  func describesSameMemory(as other: dnnl_memory_desc_t) -> Bool {
    var left = self
    var right = other
    return dnnl_memory_desc_equal(&left, &right) != 0
  }
}
