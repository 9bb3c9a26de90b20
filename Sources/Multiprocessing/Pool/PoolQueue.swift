// SPDX-License-Identifier: Apache-2.0
// The jobs of a pool that no worker has. Finished ones (cancelled while they waited) drop out by themselves.

struct PoolQueue {
  private var jobs: [PoolJob?] = []
  private var head = 0
  /// Put back; the last one comes first.
  private var putBackJobs: [PoolJob] = []

  var isEmpty: Bool {
    mutating get { first == nil }
  }

  /// The next unfinished job.
  var first: PoolJob? {
    mutating get {
      while let job = putBackJobs.last {
        if !job.isDone { return job }
        putBackJobs.removeLast()
      }
      while head < jobs.count {
        if let job = jobs[head], !job.isDone { return job }
        dropHead()
      }
      return nil
    }
  }

  mutating func append(_ job: PoolJob) { jobs.append(job) }

  /// Before all others.
  mutating func putBack(_ job: PoolJob) { putBackJobs.append(job) }

  /// What `first` has returned.
  mutating func removeFirst() {
    if putBackJobs.popLast() == nil { dropHead() }
  }

  private mutating func dropHead() {
    jobs[head] = nil
    head += 1
    // Seldom enough that a job costs the same however many wait.
    if head > 64 && head * 2 > jobs.count {
      jobs.removeFirst(head)
      head = 0
    }
  }
}
