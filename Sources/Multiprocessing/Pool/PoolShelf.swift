// SPDX-License-Identifier: Apache-2.0
// The inputs and outputs of a chunk while a worker runs it. An Array<Element> of an element type that is only known at run
// time looks its own type up at every access, which costs several times what a tiny function does.

/// A place for so many elements, filled from the front. Used by one task.
@safe final class PoolShelf<Element> {
  private let start: UnsafeMutablePointer<Element>
  private var count: Int

  init(capacity: Int) {
    unsafe start = .allocate(capacity: max(1, capacity))
    count = 0
  }

  init(_ elements: [Element]) {
    unsafe start = .allocate(capacity: max(1, elements.count))
    count = elements.count
    unsafe elements.withUnsafeBufferPointer { elements in
      if let first = elements.baseAddress { unsafe start.initialize(from: first, count: elements.count) }
    }
  }

  deinit {
    unsafe start.deinitialize(count: count)
    unsafe start.deallocate()
  }

  /// `index` is below the count: nobody checks.
  @inline(__always)
  @unsafe subscript(index: Int) -> Element { unsafe start[index] }

  /// There is room: nobody checks.
  @inline(__always)
  @unsafe func append(_ element: Element) {
    unsafe (start + count).initialize(to: element)
    count += 1
  }

  /// Its elements; it is empty then.
  func takeAll() -> [Element] {
    defer { count = 0 }
    return unsafe [Element](unsafeUninitializedCapacity: count) { elements, initializedCount in
      if let first = elements.baseAddress { unsafe first.moveInitialize(from: start, count: count) }
      initializedCount = count
    }
  }
}
