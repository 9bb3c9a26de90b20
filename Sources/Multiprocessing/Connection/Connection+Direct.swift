// SPDX-License-Identifier: Apache-2.0
// Decoding a message while it arrives: 100 MB of numbers go from the ring into their array, and nowhere in between.

extension Connection {
  /// The value of `arrival`, whose first frame's head has just been read. nil: the sender took it back, or is gone.
  ///
  /// When the wait ends before the message does, what has come goes on in memory, and the next call finds it there. When
  /// it cannot be decoded, the rest of it is dropped.
  func receiveDirectly<Value: Decodable>(
    _ type: Value.Type, _ arrival: Inbound.Arrival, _ inbound: inout Inbound, _ limit: WaitLimit
  ) throws(SystemError) -> (tag: UInt64, value: Value)? {
    guard arrival.byteCount > 0 else {
      inbound.finishDirect()
      throw Incoming.missing(type)
    }
    var stop: Stop?
    // What was read so far, unless nothing can interrupt us or all of it is here.
    var log: [UInt8]? = limit.isEndless || inbound.fragmentByteCount == arrival.byteCount ? nil : []
    let value: Value
    do throws(SystemError) {
      value = unsafe try PayloadDecoding.decode(type, byteCount: arrival.byteCount, descriptors: []) {
        (buffer) throws(SystemError) in
        if stop != nil { throw Connection.disconnected }
        unsafe try fill(buffer, &inbound, limit, &log, &stop)
      }
    } catch {
      switch stop {
      case .ended, .takenBack: return nil
      case .interrupted(let why):
        // Without a log nothing should have interrupted; a message without its beginning is none.
        if let log { inbound.keep(log) } else { inbound.drop() }
        throw why
      case nil:
        inbound.drop()
        throw error
      }
    }
    // A decoder that did not ask for everything has seen what it wanted.
    if inbound.arrival?.filledByteCount == arrival.byteCount { inbound.finishDirect() } else { inbound.drop() }
    return (arrival.tag, value)
  }

  /// Why the rest of a message is not read.
  private enum Stop {
    case ended
    case takenBack
    case interrupted(SystemError)
  }

  private func fill(
    _ buffer: UnsafeMutableRawBufferPointer, _ inbound: inout Inbound, _ limit: WaitLimit, _ log: inout [UInt8]?,
    _ stop: inout Stop?
  ) throws(SystemError) {
    guard let arrival = inbound.arrival, buffer.count <= arrival.byteCount - arrival.filledByteCount else {
      throw SystemError(
        code: .payload, message: "The value that arrived ends too early; both sides must agree on its type.")
    }
    unsafe Inbound.askForLargePages(buffer)
    var count = 0
    while count < buffer.count {
      if inbound.fragmentByteCount > 0 {
        count += unsafe inbound.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[count...]))
        continue
      }
      var reason = Stop.ended
      do throws(SystemError) {
        switch try inbound.nextFrame() {
        case .abandoned?: reason = .takenBack
        case _?:
          // A sender of this end that waits for room finds out without our sleeping in between.
          tellFollowers()
          continue
        case nil: if try awaitFrame(&inbound, limit) { continue }
        }
      } catch {
        unsafe log?.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        reason = .interrupted(error)
      }
      stop = reason
      throw Connection.disconnected
    }
    // The last part needs no log: nothing can interrupt any more.
    if arrival.filledByteCount + count < arrival.byteCount { unsafe log?.append(contentsOf: buffer) }
  }
}
